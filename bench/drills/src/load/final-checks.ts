import { randomInt } from 'node:crypto'
import { isOutage } from '../audit/answers'
import type { Held } from './actor'
import type { Attempt } from './client'

const atOnce = 4

/**
 * Introspects every access token that a client received, and uses each grant a last time. This
 * happens after the fault is fixed.
 */
export async function runFinalChecks(held: readonly Held[]): Promise<void> {
  const left = [...held]
  await Promise.all(Array.from({ length: atOnce }, checkNext))

  async function checkNext(): Promise<void> {
    for (let next = left.pop(); next; next = left.pop()) {
      const { client, grant, tokens } = next
      const persist = persistently(client.providers)
      for (const { access } of tokens) {
        await persist((provider) => client.introspect(provider, grant, access))
      }
      const last = tokens.at(-1)
      if (last) {
        const { tokens: rotated } = await persist((provider) =>
          client.refresh(provider, grant, last.refresh),
        )
        if (rotated) {
          await persist((provider) => client.bearer(provider, grant, rotated.access))
          await persist((provider) => client.introspect(provider, grant, rotated.refresh))
        }
      }
    }
  }
}

/** Returns a function that repeats a request, at any provider, until it is answered. */
function persistently(providers: number) {
  return async (request: (provider: number) => Promise<Attempt>): Promise<Attempt> => {
    for (let n = 0; ; n++) {
      const attempt = await request(randomInt(providers))
      if ((attempt.entry && !isOutage(attempt.entry)) || n === 10) return attempt
    }
  }
}
