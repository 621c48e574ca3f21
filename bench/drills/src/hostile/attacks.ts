import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { rotate } from './rotate'

/** What an attacker does to a provider until `signal` aborts. `note` counts the outcomes. */
export interface Attack {
  name: string
  what: string
  run(origin: URL, signal: AbortSignal, note: (outcome: string) => void): Promise<void>
}

const halfOpenAtOnce = 500
const bodyBytes = 2 ** 20
const bodiesAtOnce = 20
const tokensPerSecond = 10_000
const tokenLanes = 64
const headersAtOnce = 20

/** All attacks. */
export const attacks: readonly Attack[] = [
  {
    name: 'half-open',
    what: `${halfOpenAtOnce} connections with half a request each, reopened when they are closed`,
    run: (origin, signal, note) =>
      manyAtOnce(halfOpenAtOnce, signal, () => halfRequest(origin, signal, note)),
  },
  {
    name: 'large-bodies',
    what: `bodies of 1 MB at the token endpoint, ${bodiesAtOnce} at a time`,
    run: (origin, signal, note) => {
      const agent = new Agent({ keepAlive: true })
      const body = `grant_type=refresh_token&refresh_token=${'x'.repeat(bodyBytes)}`
      return manyAtOnce(bodiesAtOnce, signal, () =>
        send(new URL('/oauth/token', origin), { agent, body, signal }, note),
      )
    },
  },
  {
    name: 'unknown-tokens',
    what: `random bearer tokens that were never issued, up to ${tokensPerSecond} per second over ${tokenLanes} connections`,
    run: unknownTokens,
  },
  {
    name: 'rotations',
    what: 'a thief tries to rotate a stolen grant 10,000 times as fast as possible, of which 60 succeed (`rotationsPerHour`); then the victim presents the first refresh token again',
    run: rotate,
  },
  {
    name: 'header-flood',
    what: `requests with 15 KB of headers, and with 30 KB, ${headersAtOnce} at a time`,
    run: (origin, signal, note) => {
      const agent = new Agent({ keepAlive: true })
      let n = 0
      return manyAtOnce(headersAtOnce, signal, () => {
        const count = n++ % 2 === 0 ? 140 : 280
        const headers = Object.fromEntries(
          Array.from({ length: count }, (_, at) => [`x-flood-${at}`, 'x'.repeat(90)]),
        )
        return send(new URL('/api/me', origin), { agent, headers, signal }, note)
      })
    },
  },
]

async function manyAtOnce(
  count: number,
  signal: AbortSignal,
  once: () => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (!signal.aborted) await once()
    }),
  )
}

/** Writes raw bytes, because a client library would use CPU time that the provider needs. */
async function unknownTokens(
  { host, hostname, port }: URL,
  signal: AbortSignal,
  note: (outcome: string) => void,
): Promise<void> {
  const idle: Socket[] = []
  const lanes = Array.from({ length: tokenLanes }, () => {
    const socket = connect(Number(port), hostname)
    socket.on('connect', () => idle.push(socket))
    socket.on('error', ({ message }) => signal.aborted || note(message))
    socket.on('data', (bytes) => {
      // The responses are small, so each arrives in one piece.
      note(bytes.toString('latin1', 'HTTP/1.1 '.length, 'HTTP/1.1 401'.length))
      idle.push(socket)
    })
    return socket
  })
  const began = performance.now()
  let sent = 0
  while (!signal.aborted) {
    const due = ((performance.now() - began) / 1000) * tokensPerSecond
    for (; sent < due && idle.length > 0; sent++) {
      const token = randomBytes(20).toString('hex')
      idle
        .shift()!
        .write(`GET /api/me HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    }
    await sleep(1)
  }
  for (const lane of lanes) lane.destroy()
}

function halfRequest(
  { hostname, port }: URL,
  signal: AbortSignal,
  note: (outcome: string) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const end = () => socket.destroy()
    signal.addEventListener('abort', end)
    socket.on('connect', () => {
      note('opened')
      socket.write('POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\ngra')
    })
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      signal.removeEventListener('abort', end)
      if (!signal.aborted) note('closed by the provider')
      setTimeout(resolve, 50)
    })
  })
}

interface Sent {
  agent: Agent
  signal: AbortSignal
  body?: string
  headers?: Record<string, string>
}

function send(
  url: URL,
  { agent, signal, body, headers }: Sent,
  note: (outcome: string) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const req = request(url, {
      agent,
      signal,
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...(body !== undefined && form), ...headers },
    })
    req.on('error', (error: NodeJS.ErrnoException) => {
      if (!signal.aborted) note(error.code ?? error.name)
      resolve()
    })
    req.on('response', (response) => {
      note(String(response.statusCode))
      response.resume()
      response.on('close', resolve)
    })
    req.end(body)
  })
}
