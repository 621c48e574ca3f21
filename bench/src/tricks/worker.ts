import { cpuSince } from '../cpu'
import { answerQuestions } from '../worker'
import type { Way } from './trick'
import { type TrickName, tricks } from './tricks'

// One way of one trick in its own process, so that V8 compiles code for nothing else. Each question
// takes one sample.

const [name, way] = process.argv.slice(2) as [TrickName, Way]
const warmUpMs = 200
// In microseconds. A shorter sample would not be precise.
const shortestSample = 10_000
let calls = 1
let ready: ReturnType<typeof warmedUp> | undefined

answerQuestions(async () => {
  const call = await (ready ??= warmedUp())
  return ((await cpuOf(call)) * 1000) / calls
})

/** Resolves with the call when it is compiled, and chooses how often a sample makes it. */
async function warmedUp(): Promise<() => unknown> {
  const ways = await tricks[name]()
  const call = ways[way]
  const end = performance.now() + warmUpMs
  do {
    if ((await cpuOf(call)) < shortestSample) calls *= 2
  } while (performance.now() < end)
  return call
}

/** Resolves with the CPU microseconds of all calls of a sample. */
async function cpuOf(call: () => unknown): Promise<number> {
  globalThis.gc?.({ type: 'minor' })
  const since = process.cpuUsage()
  for (let made = 0; made < calls; made++) {
    let result = call()
    // Only a promise is awaited, because awaiting any other value takes time too.
    if (result instanceof Promise) result = (await result) as unknown
    // V8 leaves out work whose result is not used.
    if (result === undefined) throw new Error(`"${name}" has no result with ${way}`)
  }
  return cpuSince(since)
}
