import type * as version2 from '@modelcontextprotocol/client'
import type { Memory } from '../../../../cli/templates/mcp/test/mcp-client'

/** What the tests call of the MCP SDK. */
export interface Sdk {
  Client: typeof version2.Client
  StreamableHTTPClientTransport: typeof version2.StreamableHTTPClientTransport
  UnauthorizedError: typeof version2.UnauthorizedError
  /** Ends the authorization with the parameters of its response. */
  finish: (transport: Transport, parameters: URLSearchParams) => Promise<void>
}

export type Transport = version2.StreamableHTTPClientTransport

/** Both versions of the SDK, which have these parts in common. */
export const sdks: Readonly<Record<'version 1' | 'version 2', Sdk>> = {
  'version 1': {
    ...require('@modelcontextprotocol/sdk/client/index.js'),
    ...require('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    ...require('@modelcontextprotocol/sdk/client/auth.js'),
    finish: (transport: Transport, parameters: URLSearchParams) =>
      transport.finishAuth(parameters.get('code') ?? ''),
  } as Sdk,
  'version 2': {
    ...require('@modelcontextprotocol/client'),
    finish: (transport: Transport, parameters: URLSearchParams) => transport.finishAuth(parameters),
  } as Sdk,
}

/** An MCP client of one version of the SDK, with a user who answers when it asks. */
export class McpUser {
  constructor(
    private readonly sdk: Sdk,
    private readonly url: URL,
    readonly memory: Memory,
    /** Sends the user there. Resolves with the redirect to the client. */
    private readonly answer: (destination: URL) => Promise<URL>,
  ) {}

  /** Connects, calls a tool and returns its text. The client asks its user if it has to. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const { Client, StreamableHTTPClientTransport, UnauthorizedError, finish } = this.sdk
    const client = new Client({ name: 'test', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(this.url, { authProvider: this.memory })
    try {
      await client.connect(transport)
      const { content } = await client.callTool({ name, arguments: args })
      const [first] = content
      return first?.type === 'text' ? first.text : ''
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      const { searchParams } = await this.answer(this.memory.destination)
      await finish(transport, searchParams)
      return await this.call(name, args)
    } finally {
      await client.close()
    }
  }
}
