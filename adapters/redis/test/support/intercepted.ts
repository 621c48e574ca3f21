import type { RedisClient } from '@oauth2-kit/redis'
import type { Script } from '../../src/scripts/script'

/** Runs `before` each time before a client sends a script, and `after` when it has the reply. */
export function intercepted(
  client: RedisClient,
  script: Script,
  { before, after }: Partial<Record<'before' | 'after', () => Promise<unknown>>>,
): void {
  const call = client.call.bind(client) as (...args: unknown[]) => Promise<unknown>
  client.call = async function (...args: unknown[]) {
    const isMeant = args[1] === script.sha || args[1] === script.text
    if (isMeant) await before?.()
    const reply = await call(...args)
    if (isMeant) await after?.()
    return reply
  }
}
