import { answerOf, answersOf } from '../../src/model-2.4/callback'
import { TimeoutError, timeoutAfter } from '../../src/async/timeout'
import type { Callback } from '@oauth2-kit/core'

const withTimeout = timeoutAfter(50)
const ask = (get: unknown, ...args: unknown[]) => answerOf({ get }, 'get', args, withTimeout)

describe('calling a model function with callbacks or promises', () => {
  it.each<[string, (id: number, done: Callback<number>) => unknown]>([
    ['a callback that is called synchronously', (id, done) => done(null, id)],
    ['a callback that is called later', (id, done) => setImmediate(done, null, id)],
    ['a promise', async (id: number) => id],
    ['a promise with a callback that is not called', async (id, _done) => id],
    ['an async function that calls its callback', async (id, done) => done(null, id)],
    [
      'an async function that calls its callback late',
      async (id, done) => void setImmediate(done, null, id),
    ],
    ['a thenable without a callback', (id: number) => thenable(id)],
  ])('returns the result of %s', async (_what, get) => {
    expect(await ask(get, 7)).toBe(7)
  })

  it('returns a synchronous result without a promise', () => {
    expect(ask((id: number, done: Callback<number>) => done(null, id), 7)).toBe(7)
  })

  it.each<[string, (done: Callback) => unknown]>([
    ['passes an error to its callback', (done) => done(new Error('away'))],
    ['passes an error to its callback later', (done) => setImmediate(done, new Error('away'))],
    [
      'throws',
      () => {
        throw new Error('away')
      },
    ],
    ['rejects', () => Promise.reject(new Error('away'))],
    ['rejects, and takes a callback', (_done) => Promise.reject(new Error('away'))],
  ])('rejects for a function that %s', async (_what, get) => {
    await expect(ask(get)).rejects.toThrow('away')
  })

  it('rejects with the value that was passed as an error', async () => {
    await expect(ask((done: Callback) => done('a text'))).rejects.toBe('a text')
  })

  it('calls the function with the model as `this` and the callback as last argument', async () => {
    const model = {
      prefix: 'id',
      get(this: { prefix: string }, a: number, b: number, done: Callback) {
        done(null, `${this.prefix} ${a} ${b}`)
      },
    }
    expect(await answerOf(model, 'get', [1, 2], withTimeout)).toBe('id 1 2')
  })

  it('passes the callback to a function that reads `arguments`', async () => {
    expect(await ask(counting, 1, 2)).toBe(3)
  })

  it('ignores a thenable that is returned by a function with a callback', async () => {
    let ran = 0
    const get = (done: Callback) => {
      setImmediate(done, null, 'from the callback')
      return thenable('from the query', () => ran++)
    }
    expect(await ask(get)).toBe('from the callback')
    expect(ran).toBe(0)
  })

  it.each<[string, (done: Callback) => unknown]>([
    [
      'synchronously',
      (done) => {
        done(null, 1)
        done(null, 2)
      },
    ],
    [
      'later',
      (done) =>
        setImmediate(() => {
          done(null, 1)
          done(null, 2)
        }),
    ],
    [
      'with an error after a result',
      (done) => {
        done(null, 1)
        done(new Error('away'))
      },
    ],
  ])('rejects for a function that calls back twice, %s', async (_when, get) => {
    await expect(ask(get)).rejects.toThrow("The model's get called its callback twice")
  })

  it('rejects after the timeout for a function that never calls back', async () => {
    await expect(ask((_done: Callback) => {})).rejects.toThrow(TimeoutError)
    await expect(ask(() => {})).rejects.toThrow(TimeoutError)
    await expect(ask(() => new Promise(() => {}))).rejects.toThrow(
      "The model's get did not answer within 50 ms",
    )
  })

  it.each([undefined, null, 'get', {}])('rejects if the function is %p', async (get) => {
    await expect(ask(get)).rejects.toThrow(new TypeError('The model has no function "get": add it'))
  })

  it.each([undefined, null, false, 0, ''])('returns %p unchanged', async (nothing) => {
    expect(await ask((done: Callback) => done(null, nothing as never))).toBe(nothing)
  })

  it('returns both results of a callback that takes two', async () => {
    const model = { get: (done: Callback<boolean>) => (done as Both)(null, true, { id: 1 }) }
    const both = await answersOf(model, 'get', [], withTimeout, (results) => results)
    expect(both).toEqual([true, { id: 1 }])
  })

  it('keeps the results of concurrent calls apart', async () => {
    const answers = [0, 1, 2].map((id) => ask(lateFor, id))
    expect(await Promise.all(answers)).toEqual([0, 1, 2])
  })
})

type Both = (error: null, first: boolean, second: object) => void

function counting(...args: unknown[]): void {
  const done = args.at(-1) as Callback<number>
  done(null, args.length)
}

/** Calls back later for a lower number. */
function lateFor(id: number, done: Callback): void {
  setTimeout(done, (3 - id) * 5, null, id)
}

/** A thenable such as some query builders return. */
function thenable<T>(value: T, ran = () => {}) {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- it is meant to be one
    then(resolve: (value: T) => void) {
      ran()
      resolve(value)
    },
  }
}
