import { Agent, request } from 'node:http'
import type { Listening } from './setup'

const inFlight = 8

/** Sends so many requests over a few connections that stay open, each answer before the next. */
export function loader({ port, path, method, headers, body }: Listening) {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const options = { agent, host: '127.0.0.1', port, path, method, headers }

  function ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      request(options, (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`The server answered with ${response.statusCode}`))
        }
        response.resume().once('end', resolve)
      })
        .once('error', reject)
        .end(body)
    })
  }

  return async (count: number): Promise<void> => {
    let left = count
    async function lane(): Promise<void> {
      // oxlint-disable-next-line no-await-in-loop -- a client that waits for its answer
      while (left-- > 0) await ask()
    }
    await Promise.all(Array.from({ length: inFlight }, lane))
  }
}
