import { randomInt } from 'node:crypto'
import { isOutage } from '../audit/answers'
import type { Held } from './actor'
import type { Asking } from './client'

const atOnce = 4

/**
 * After the fault is fixed, asks about every token that a client got, and uses each grant a last
 * time.
 */
export async function askLastQuestions(held: readonly Held[]): Promise<void> {
  const left = [...held]
  await Promise.all(Array.from({ length: atOnce }, askNext))

  async function askNext(): Promise<void> {
    for (let next = left.pop(); next; next = left.pop()) {
      const { client, family, tokens } = next
      const persist = persistently(client.providers)
      for (const { access } of tokens) {
        await persist((provider) => client.introspect(provider, family, access))
      }
      const last = tokens.at(-1)
      if (last) {
        const { tokens: rotated } = await persist((provider) =>
          client.refresh(provider, family, last.refresh),
        )
        if (rotated) {
          await persist((provider) => client.bearer(provider, family, rotated.access))
          await persist((provider) => client.introspect(provider, family, rotated.refresh))
        }
      }
    }
  }
}

/** Returns a function that repeats a request, at any provider, until it is answered. */
function persistently(providers: number) {
  return async (request: (provider: number) => Promise<Asking>): Promise<Asking> => {
    for (let n = 0; ; n++) {
      const asking = await request(randomInt(providers))
      if ((asking.entry && !isOutage(asking.entry)) || n === 10) return asking
    }
  }
}
