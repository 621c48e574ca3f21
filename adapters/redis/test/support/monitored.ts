import type { RedisClient } from '@oauth2-kit/redis'
import { mastersOf } from './servers'

/** Names the commands of that kind that touched those keys meanwhile. */
export async function monitored(
  client: RedisClient,
  prefix: string,
  kind: RegExp,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const monitors = await Promise.all((await mastersOf(client)).map((node) => node.monitor()))
  const found: string[] = []
  let ended = 0
  const end = `${prefix}end`
  const all = new Promise<void>((resolve) => {
    for (const monitor of monitors) {
      monitor.on('monitor', (_time: string, [name = '', ...args]: string[]) => {
        if (name === 'echo' && args[0] === end && ++ended === monitors.length) resolve()
        // A pattern names no key: it is everybody's.
        if (kind.test(name) && (name === 'keys' || args.some((arg) => arg.includes(prefix)))) {
          found.push(name)
        }
      })
    }
  })
  try {
    await work()
    // What was sent before it has been seen then.
    await Promise.all((await mastersOf(client)).map((node) => node.echo(end)))
    await all
    return found
  } finally {
    for (const monitor of monitors) monitor.disconnect()
  }
}
