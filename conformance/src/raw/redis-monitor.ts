import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

/** How to connect to a node: a part of the options of an ioredis client. */
export interface NodeOptions {
  host?: string | undefined
  port?: number | undefined
  /** The path of a socket file. */
  path?: string | undefined
  username?: string | null | undefined
  password?: string | null | undefined
  tls?: object | undefined
}

/**
 * Reports each command of a server, and returns a function that stops this. The monitor of ioredis
 * fails if a command of another client follows the reply at once, as on a busy server.
 */
export async function monitor(
  options: NodeOptions,
  report: (command: string[]) => void,
): Promise<() => void> {
  const socket = socketTo(options)
  await once(socket, options.tls ? 'secureConnect' : 'connect')
  const lines = createInterface(socket)
  const send = async (...words: string[]) => {
    const reply = once(lines, 'line')
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    socket.write(`*${words.length}\r\n${parts.join('')}`)
    const [line] = (await reply) as [string]
    if (line !== '+OK') throw new Error(`Redis answered ${words[0]} with ${line}`)
  }
  const { username, password } = options
  if (password) await send('AUTH', ...(username ? [username] : []), password)
  await send('MONITOR')
  lines.on('line', (line) => {
    report([...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text))
  })
  return () => {
    lines.close()
    socket.destroy()
  }
}

function socketTo({ host = '127.0.0.1', port = 6379, path, tls }: NodeOptions) {
  if (path) return connect(path)
  return tls ? connectTls({ host, port, ...(tls as ConnectionOptions) }) : connect(port, host)
}
