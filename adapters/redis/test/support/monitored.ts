import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { RedisClient } from '@oauth2-kit/redis'
import { mastersOf } from './servers'

/** Returns the names of the commands of that kind that touched those keys during the work. */
export async function monitored(
  client: RedisClient,
  prefix: string,
  kind: RegExp,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const nodes = await mastersOf(client)
  const found: string[] = []
  const end = `${prefix}end`
  let ended = 0
  const over = new EventEmitter()
  const all = once(over, 'all')
  const monitors = await Promise.all(
    nodes.map(({ options }) =>
      monitor(options.port!, options.host!, ([name = '', ...args]) => {
        if (name === 'echo' && args[0] === end && ++ended === nodes.length) over.emit('all')
        // KEYS takes a pattern instead of a key, so it always counts.
        if (kind.test(name) && (name === 'keys' || args.some((arg) => arg.includes(prefix)))) {
          found.push(name)
        }
      }),
    ),
  )
  try {
    await work()
    // When the echo has been seen, every command before it has been seen too.
    await Promise.all(nodes.map((node) => node.echo(end)))
    await all
    return found
  } finally {
    for (const close of monitors) close()
  }
}

/**
 * Reports each command of a server, and returns a function that stops this. The monitor of ioredis
 * fails if a command of another client follows the reply at once, as on a busy server.
 */
async function monitor(
  port: number,
  host: string,
  report: (command: string[]) => void,
): Promise<() => void> {
  const socket = connect(port, host)
  await once(socket, 'connect')
  const lines = createInterface(socket)
  const ready = once(lines, 'line')
  socket.write('MONITOR\r\n')
  await ready
  lines.on('line', (line) => {
    report([...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text))
  })
  return () => {
    lines.close()
    socket.destroy()
  }
}
