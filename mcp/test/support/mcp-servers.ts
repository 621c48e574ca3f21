import { toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  McpServer as McpServer2,
  type ScopeChallengeHandler,
  createMcpHandler,
} from '@modelcontextprotocol/server'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Serves MCP on node:http or Express, behind a guard that has set `req.auth`. */
export type McpListener = (
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
) => Promise<void>

const about = { name: 'notes', version: '1.0.0' }

/** The result of a tool: who called it, as the SDK knows it. */
function whoCalled(tool: string, authInfo: unknown) {
  const { clientId, scopes, expiresAt, resource, extra } = (authInfo ?? {}) as {
    [name: string]: unknown
    extra?: Record<string, unknown>
  }
  const { userId, user } = extra ?? {}
  const text = JSON.stringify({ tool, clientId, scopes, expiresAt, resource, userId, user })
  return { content: [{ type: 'text' as const, text }] }
}

/** A server of version 1 of the SDK, new for each request. */
async function onVersion1(
  request: Parameters<McpListener>[0],
  response: ServerResponse,
): Promise<void> {
  const server = new McpServer1(about)
  for (const tool of ['list-notes', 'add-note']) {
    server.registerTool(tool, { description: tool }, ({ authInfo }) => whoCalled(tool, authInfo))
  }
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  response.on('close', () => void server.close())
  await server.connect(transport)
  await transport.handleRequest(request, response, request.body)
}

const call = (tool: string) => (context: { http?: { authInfo?: unknown } | undefined }) =>
  whoCalled(tool, context.http?.authInfo)

/** A handler of version 2 of the SDK. */
export function handlerOfVersion2(scopeChallenge?: ScopeChallengeHandler) {
  return createMcpHandler(() => {
    const server = new McpServer2(about)
    server.registerTool('list-notes', { description: 'list-notes' }, call('list-notes'))
    const challenge = scopeChallenge && { scopeChallenge }
    server.registerTool('add-note', { description: 'add-note', ...challenge }, call('add-note'))
    return server
  })
}

/** A server of version 2 of the SDK. */
export function onVersion2(scopeChallenge?: ScopeChallengeHandler): McpListener {
  const listener = toNodeHandler(handlerOfVersion2(scopeChallenge))
  return (request, response) => listener(request, response, request.body)
}

/** Both versions of the SDK, as servers. */
export const mcpServers: { server: string; listener: McpListener }[] = [
  { server: 'version 1', listener: onVersion1 },
  { server: 'version 2', listener: onVersion2() },
]
