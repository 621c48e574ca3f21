import { type Ask, openLane } from '../http/lane'
import { type Started, type Workload, connections } from './setup'

/** Sends requests to a server, each with the next of those that were prepared. */
export interface Load {
  /** Sends the requests over all connections, and resolves with the seconds that they took. */
  send(count: number): Promise<number>
}

/**
 * Opens connections to a server for one kind of request. Each request takes the first of `pool`: an
 * access token or a body. `answered` gets a body with the refresh token of each answer.
 */
export async function openLoad(
  { port, basic }: Started,
  workload: Workload,
  pool: string[],
  answered?: string[],
): Promise<Load> {
  const lanes = await Promise.all(
    Array.from({ length: connections }, async () => {
      if (workload !== 'bearer') return lane(port, basic)
      const request = { path: '/', method: 'GET', headers: bearer(pool.pop()!) } as const
      return openLane(port, request)
    }),
  )
  const bodyOf = () => {
    if (workload === 'bearer') return ''
    return workload === 'client-credentials' ? 'grant_type=client_credentials' : pool.shift()!
  }
  return {
    async send(count) {
      let left = count
      const start = performance.now()
      await Promise.all(
        lanes.map(async (ask) => {
          while (left-- > 0) {
            const answer = await ask(bodyOf())
            answered?.push(refreshOf(answer))
          }
        }),
      )
      return (performance.now() - start) / 1000
    },
  }
}

/** Sends the same form over that many new connections at once. Resolves with the tokens issued. */
export async function race(
  { port, basic }: Started,
  form: string,
  callers: number,
): Promise<Set<string>> {
  const lanes = await Promise.all(Array.from({ length: callers }, () => lane(port, basic, true)))
  const answers = await Promise.all(lanes.map((ask) => ask(form)))
  const tokens = answers.flatMap((answer) => tokenOf(answer) ?? [])
  return new Set(tokens)
}

function lane(port: number, basic: string, anyStatus = false): Promise<Ask> {
  const headers = { Authorization: basic, 'Content-Type': 'application/x-www-form-urlencoded' }
  return openLane(port, { path: '/oauth/token', method: 'POST', headers }, anyStatus)
}

function bearer(token: string) {
  return { Authorization: `Bearer ${token}` }
}

function tokenOf(answer: string): string | undefined {
  return (JSON.parse(answer) as { access_token?: string }).access_token
}

function refreshOf(answer: string): string {
  const { refresh_token: token } = JSON.parse(answer) as { refresh_token: string }
  return `grant_type=refresh_token&refresh_token=${encodeURIComponent(token)}`
}
