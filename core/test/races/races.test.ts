import { type Scheduler, assert, asyncProperty, scheduler as schedulers } from 'fast-check'
import { Actors } from './actors'
import { History } from './history'
import { assertKept } from './invariants'
import { type Program, programs } from './program'
import { newWorld } from './world'

// RACES_SECONDS=600 searches longer. RACES_SEED and RACES_PATH, as printed by a failure, replay it.
const seconds = Number(process.env['RACES_SECONDS'] ?? 5)
const seed = process.env['RACES_SEED']
const path = process.env['RACES_PATH']
const runsAtOnce = 20

const unhandled: unknown[] = []
const collect = (error: unknown) => unhandled.push(error)

beforeAll(() => {
  process.on('unhandledRejection', collect)
  // Only the timers of timeouts are fake: the clock of the program advances them.
  const timers = ['setTimeout', 'clearTimeout']
  const all = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate']
  const others = ['clearImmediate', 'setInterval', 'clearInterval']
  jest.useFakeTimers({
    doNotFake: [...all, ...others].filter((name) => !timers.includes(name)) as never,
  })
})

afterAll(() => {
  process.off('unhandledRejection', collect)
  jest.useRealTimers()
})

// oxlint-disable-next-line jest/expect-expect -- `assertKept` throws
it(
  'F8, F9, F10, F13: what was acknowledged holds in every order of calls',
  async () => {
    const property = asyncProperty(programs, schedulers(), run)
    if (seed !== undefined) {
      const replay = { seed: Number(seed), ...(path !== undefined && { path }), endOnFailure: true }
      await assert(property, replay)
      return
    }
    const end = Date.now() + seconds * 1000
    // Runs whole programs, so that none is still running when the test ends.
    do await assert(property, { numRuns: runsAtOnce })
    while (Date.now() < end)
  },
  120_000 + seconds * 2000,
)

async function run(program: Program, scheduler: Scheduler): Promise<void> {
  const world = await newWorld(scheduler, program.fates)
  const history = new History()
  const actors = new Actors(world, history, scheduler)
  const all = Promise.all([
    ...program.sessions.map((session, number) => actors.runSession(session, number)),
    ...program.admins.map((steps) => actors.administrate(steps)),
    ...program.signIns.map((user) => actors.signIn(user)),
    ...program.ownTokens.map((client) => actors.ownToken(client)),
    actors.moveClock(program.clockSteps),
  ])
  const state = { isOver: false }
  const ended = all.finally(() => {
    state.isOver = true
  })
  ended.catch(() => {}) // It is awaited below.
  while (!state.isOver || scheduler.count() > 0) {
    if (scheduler.count() > 0) await scheduler.waitOne()
    // Everything that can continue does so before the next reply is chosen.
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  }
  await ended
  await assertKept(program, world, history, actors.seen)
  await world.store.close()
  if (unhandled.length > 0) throw new Error(`Unhandled: ${String(unhandled.splice(0)[0])}`)
}
