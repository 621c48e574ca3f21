import { setMaxListeners } from 'node:events'
import { attacks } from './attacks'

// The program of an attacker process: it starts at once, stops on a message, and then sends its
// outcomes.

const [name, ...origins] = process.argv.slice(2)
const attack = attacks.find((one) => one.name === name)!
const stop = new AbortController()
setMaxListeners(0, stop.signal)
const outcomes: Record<string, number> = {}

const running = Promise.all(
  origins.map((origin) =>
    attack.run(new URL(origin), stop.signal, (outcome) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }),
  ),
)

process.once('message', () => {
  stop.abort()
  void running.then(() => process.send?.(outcomes, () => process.exit()))
})
process.on('disconnect', () => process.exit())
