import path from 'node:path'
import { type PurgeBefore, type StartPurgeOptions, startPurge } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { core, runNode } from '../support/child'
import { deferred } from '../oauth21/around'

type Purge = (before: PurgeBefore, limit: number) => Promise<{ deleted: number; more: boolean }>

const nothing = { deleted: 0, more: false }
const hour = 3_600_000
const failing = () => Promise.reject(new Error('away'))

describe('startPurge()', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => {
    jest.useRealTimers()
    jest.restoreAllMocks()
  })

  it('purges every `everySeconds` seconds', async () => {
    const { purge, sweeper } = started(async () => nothing, { batch: 7, retentionSeconds: 60 })
    const start = Date.now()
    await jest.advanceTimersByTimeAsync(9_999)
    expect(purge).not.toHaveBeenCalled()
    await jest.advanceTimersByTimeAsync(20_001)
    const befores = [10, 20, 30].map((s) => start + s * 1000)
    expect(purge.mock.calls).toEqual(
      befores.map((now) => [{ credentials: now - 60_000, shortLived: now }, 7]),
    )
    await sweeper.stop()
  })

  it('purges in batches until nothing is left', async () => {
    const answers = [5, 5, 2].map((deleted) => ({ deleted, more: deleted === 5 }))
    const { purge, sweeper } = started(async () => answers.shift() ?? nothing)
    await jest.advanceTimersByTimeAsync(10_000)
    for (const batch of [1, 2, 3]) {
      expect(purge).toHaveBeenCalledTimes(batch)
      await jest.advanceTimersByTimeAsync(1)
    }
    await jest.advanceTimersByTimeAsync(10_000)
    expect(purge).toHaveBeenCalledTimes(4)
    await sweeper.stop()
  })

  it('waits for a slow store: the next wait begins when the call has ended', async () => {
    const slow = deferred<typeof nothing>()
    const { purge, sweeper } = started(() => slow.promise)
    await jest.advanceTimersByTimeAsync(100_000)
    expect(purge).toHaveBeenCalledTimes(1)
    slow.resolve(nothing)
    await jest.advanceTimersByTimeAsync(9_999)
    expect(purge).toHaveBeenCalledTimes(1)
    await jest.advanceTimersByTimeAsync(2)
    expect(purge).toHaveBeenCalledTimes(2)
    await sweeper.stop()
  })

  it('shortens the wait at random by up to `jitter`', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5)
    const { purge, sweeper } = started(async () => nothing, { jitter: 0.4 })
    await jest.advanceTimersByTimeAsync(7_999)
    expect(purge).not.toHaveBeenCalled()
    await jest.advanceTimersByTimeAsync(1)
    expect(purge).toHaveBeenCalledTimes(1)
    random.mockReturnValue(0)
    await jest.advanceTimersByTimeAsync(8_000)
    await jest.advanceTimersByTimeAsync(10_000)
    expect(purge).toHaveBeenCalledTimes(3)
    await sweeper.stop()
  })

  it('reports failures, doubles the wait after each consecutive one, and recovers', async () => {
    const away = new Error('away')
    let fails = true
    const { purge, failed, sweeper } = started(async () => {
      if (fails) throw away
      return nothing
    })
    await jest.advanceTimersByTimeAsync(10_000)
    expect([purge.mock.calls.length, failed]).toEqual([1, [away]])
    await jest.advanceTimersByTimeAsync(19_999)
    expect(purge).toHaveBeenCalledTimes(1)
    await jest.advanceTimersByTimeAsync(1)
    expect(purge).toHaveBeenCalledTimes(2)
    fails = false
    await jest.advanceTimersByTimeAsync(40_000)
    expect(purge).toHaveBeenCalledTimes(3)
    await jest.advanceTimersByTimeAsync(10_000)
    expect(purge).toHaveBeenCalledTimes(4)
    expect(failed).toHaveLength(2)
    await sweeper.stop()
  })

  it('retries at least once an hour, after any number of failures', async () => {
    const { purge, sweeper } = started(failing)
    await jest.advanceTimersByTimeAsync(1_000 * hour)
    const before = purge.mock.calls.length
    await jest.advanceTimersByTimeAsync(hour)
    expect(purge).toHaveBeenCalledTimes(before + 1)
    await sweeper.stop()
  })

  it('handles a store that throws synchronously like one that rejects', async () => {
    const { failed, sweeper } = started(() => {
      throw new Error('away')
    })
    await jest.advanceTimersByTimeAsync(10_000)
    expect(failed).toEqual([new Error('away')])
    await sweeper.stop()
  })

  it('F20: warns of a failure if onError is missing, throws or rejects', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const sweepers = [
      started(failing, { onError: undefined }),
      started(failing, {
        onError() {
          throw new Error('The callback is broken')
        },
      }),
      started(failing, { onError: () => Promise.reject(new Error('No log')) }),
      started(() => Promise.reject(Object.create(null)), { onError: undefined }),
    ]
    await jest.advanceTimersByTimeAsync(10_000)
    expect(warned.mock.calls.map(([text]) => String(text)).toSorted()).toEqual([
      'Purging the store failed and will be retried: No log',
      'Purging the store failed and will be retried: Something other than an Error was thrown: an object',
      'Purging the store failed and will be retried: The callback is broken',
      'Purging the store failed and will be retried: away',
    ])
    await Promise.all(sweepers.map(({ sweeper }) => sweeper.stop()))
  })

  it('stop(): resolves when the current call has ended, and no call follows', async () => {
    const slow = deferred<{ deleted: number; more: boolean }>()
    const { purge, sweeper } = started(() => slow.promise)
    await jest.advanceTimersByTimeAsync(10_000)
    let stopped = false
    const stopping = sweeper.stop().then(() => (stopped = true))
    await jest.advanceTimersByTimeAsync(100_000)
    expect(stopped).toBe(false)
    slow.resolve({ deleted: 1, more: true })
    await jest.advanceTimersByTimeAsync(0)
    await stopping
    await jest.advanceTimersByTimeAsync(100_000)
    expect(purge).toHaveBeenCalledTimes(1)
    expect(jest.getTimerCount()).toBe(0)
    await sweeper.stop()
  })

  it('stop(): resolves even if the current call fails', async () => {
    const slow = deferred<never>()
    const { failed, sweeper } = started(() =>
      slow.promise.then(() => Promise.reject(new Error('away'))),
    )
    await jest.advanceTimersByTimeAsync(10_000)
    const stopping = sweeper.stop()
    slow.resolve(undefined as never)
    await stopping
    expect(failed).toEqual([new Error('away')])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('copies its options', async () => {
    const options: StartPurgeOptions = { batch: 7, everySeconds: 10, jitter: 0 }
    const purge = jest.fn(async () => nothing)
    const sweeper = startPurge({ purge }, options)
    options.batch = 9
    await jest.advanceTimersByTimeAsync(10_000)
    expect(purge).toHaveBeenCalledWith(expect.any(Object), 7)
    await sweeper.stop()
  })

  it.each<[unknown, RegExp]>([
    [null, /startPurge\(\) takes an object with options/],
    [
      { everySeconds: 0 },
      /"everySeconds" must be a number of seconds above 0, and at most 2147483/,
    ],
    [{ everySeconds: 2_147_484 }, /"everySeconds" must be/],
    [{ everySeconds: '60' }, /"everySeconds" must be/],
    [{ jitter: 1.1 }, /"jitter" must be a number from 0 to 1/],
    [{ batch: -1 }, /"batch" must be a whole number/],
    [{ onError: 'log' }, /"onError" must be a function/],
    [{ every: 60 }, /Unknown option "every" of startPurge\(\)\. The options are batch/],
  ])('throws a TypeError that names the fix for %p', (options, message) => {
    expect(() => startPurge(memoryStore(), options as never)).toThrow(TypeError)
    expect(() => startPurge(memoryStore(), options as never)).toThrow(message)
  })

  it.each([undefined, null, {}, { model: memoryStore() }])(
    'throws a TypeError for the store %p',
    (store) => {
      expect(() => startPurge(store as never)).toThrow(/argument of startPurge\(\) .* store/)
    },
  )
})

it('does not keep the process alive', async () => {
  const file = path.join(__dirname, 'purging-program.js')
  expect(await runNode(file, { in: __dirname, by: { '@oauth2-kit/core': core } })).toEqual({
    stdout: 'started\n',
    stderr: '',
    code: 0,
  })
})

/** A sweeper without jitter, the mock of its store, and the errors that it reported. */
function started(answer: Purge = async () => nothing, options: StartPurgeOptions = {}) {
  const purge = jest.fn(answer)
  const failed: unknown[] = []
  const onError = (error: unknown) => failed.push(error)
  const sweeper = startPurge({ purge }, { everySeconds: 10, jitter: 0, onError, ...options })
  return { purge, failed, sweeper }
}
