import { type Socket, connect } from 'node:net'
import { refreshForm } from '../contenders/contender'
import { type Endpoint, type Listening, bareToken, block } from './setup'

/**
 * Returns a function that sends requests in blocks over a few persistent connections, the next one
 * on each after its answer. It writes and reads raw bytes, because a client library would take CPU
 * time away from the server.
 */
export async function loader(endpoint: Endpoint, listening: Listening) {
  const { port, bodies } = listening
  const lanes = await Promise.all(
    bodies.map(async (body) => ({ body, ask: await openLane(port, listening) })),
  )

  return async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += block) await send(Math.min(block, count - sent))
  }

  async function send(count: number): Promise<void> {
    let left = count
    await Promise.all(
      lanes.map(async (lane) => {
        while (left-- > 0) {
          const answer = await lane.ask(lane.body)
          if (endpoint === 'refresh') lane.body = nextRefresh(answer) ?? lane.body
        }
      }),
    )
  }
}

/**
 * Returns the form for the refresh token in the answer, or undefined if the bare route has
 * answered.
 */
function nextRefresh(answer: string): string | undefined {
  const { refresh_token: token } = JSON.parse(answer) as { refresh_token: string }
  return token === bareToken ? undefined : String(new URLSearchParams(refreshForm(token)))
}

interface Waiting {
  resolve: (body: string) => void
  reject: (error: Error) => void
}

/**
 * Opens a connection. Resolves with a function that sends a request and resolves with the body of
 * its answer, one request at a time.
 */
async function openLane(port: number, { path, method, headers }: Listening) {
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
    if (received.startsWith('HTTP/1.1 200 ')) waiting?.resolve(body)
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
