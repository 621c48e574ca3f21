import { type CallToolResult, McpServer, type ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** The scopes of the tools, with the texts of the consent page. */
export const noteScopes = {
  'notes:read': { title: 'Read your notes', detail: 'All notes that you have added.' },
  'notes:write': { title: 'Add notes', detail: 'New notes, in your name.' },
}

/** The notes by user. They end with this process: keep yours in your database. */
const notes = new Map<string, string[]>()

/** Returns an MCP server with two tools, for one request. */
export function notesServer(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool(
    'list-notes',
    { description: 'Lists the notes of the user', annotations: { readOnlyHint: true } },
    (context) => result(notesOf(context).join('\n') || 'There are no notes.'),
  )
  server.registerTool(
    'add-note',
    { description: 'Adds a note', inputSchema: z.object({ text: z.string().max(1000) }) },
    ({ text }, context) => {
      notesOf(context).push(text)
      return result(`Added: ${text}`)
    },
  )
  return server
}

/** Returns the notes of the user that the access token is for. */
function notesOf({ http }: ServerContext): string[] {
  const id = http?.authInfo?.extra?.['userId']
  // A token of a client for itself has no user.
  if (typeof id !== 'string') throw new TypeError('Notes need a user')
  const own = notes.get(id) ?? []
  notes.set(id, own)
  return own
}

function result(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] }
}
