import { type Socket, connect } from 'node:net'
import type { Listening } from './setup'

interface Waiting {
  resolve: (body: string) => void
  reject: (error: Error) => void
}

/** Sends a request with that body, and resolves with the body of its answer. One at a time. */
export type Ask = (body: string) => Promise<string>

/**
 * Opens a connection. Resolves with a function that sends a request and resolves with the body of
 * its answer. It rejects if the answer is no success, unless `anyStatus` is set.
 */
export async function openLane(
  port: number,
  { path, method, headers }: Pick<Listening, 'path' | 'method' | 'headers'>,
  anyStatus = false,
): Promise<Ask> {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${fields.join('')}`
  const socket = await opened(connect(port, '127.0.0.1'))
  socket.setNoDelay(true).setEncoding('latin1')
  let received = ''
  let waiting: Waiting | undefined
  socket.on('data', (text: string) => {
    received += text
    const body = wholeBody(received)
    if (body === undefined) return
    if (anyStatus || received.startsWith('HTTP/1.1 200 ')) waiting?.resolve(body)
    else waiting?.reject(new Error(`The server answered:\n${received}`))
    received = ''
  })
  const lost = (error?: Error) =>
    waiting?.reject(error ?? new Error('The server closed the connection'))
  socket.on('error', lost).on('close', () => lost())

  return (body: string) =>
    new Promise<string>((resolve, reject) => {
      if (socket.destroyed) throw new Error('The server has closed the connection')
      waiting = { resolve, reject }
      const length = method === 'POST' ? `Content-Length: ${body.length}\r\n` : ''
      socket.write(`${head}${length}\r\n${body}`, 'latin1')
    })
}

/** Returns the body of an answer, or undefined until it is complete. */
function wholeBody(received: string): string | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(received.slice(0, end + 2)) ?? []
  if (length === undefined) throw new Error(`An answer without a length:\n${received}`)
  const body = received.slice(end + 4)
  return body.length < Number(length) ? undefined : body
}

function opened(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket)).once('error', reject)
  })
}
