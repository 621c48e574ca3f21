import { refreshForm } from '../contenders/contender'
import { openLane } from './lane'
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
