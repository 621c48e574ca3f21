import { setMaxListeners } from 'node:events'
import { attacks } from './attacks'

// An attacker, as a process of its own: begins at once, ends when it is told to, and says what came of it.

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
