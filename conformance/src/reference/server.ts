import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { listenAnywhere } from '../listen'
import { type Database, type Statement, copy } from './connection'

/** A request: one line of JSON. */
export interface Request {
  id: number
  namespace: string
  statement: Statement
}

/** A response: one line of JSON. */
export interface Response {
  id: number
  value?: unknown
  error?: string
}

/** Serves a database on a local port, for wires and other processes to connect to. */
export async function serve(database: Database): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    const lines = createInterface({ input: socket })
    lines.on('error', () => {})
    lines.on('line', (line) => {
      const { id, namespace, statement } = JSON.parse(line) as Request
      socket.write(`${JSON.stringify(answer(database, id, namespace, statement))}\n`)
    })
  })
  const port = await listenAnywhere(server, '127.0.0.1')
  return {
    url: `reference://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function answer(database: Database, id: number, namespace: string, statement: Statement): Response {
  try {
    return { id, value: copy(database.execute(namespace, statement)) }
  } catch (error) {
    return { id, error: (error as Error).message }
  }
}
