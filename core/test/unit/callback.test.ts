import { answerOf, answersOf } from '../../src/model-2.4/callback'
import { TimeoutError, timeoutAfter } from '../../src/async/timeout'
import type { Callback } from '@oauth2-kit/core'

const withTimeout = timeoutAfter(50)
const ask = (get: unknown, ...args: unknown[]) => answerOf({ get }, 'get', args, withTimeout)

describe('the seam between callbacks and promises', () => {
  it.each<[string, (id: number, done: Callback<number>) => unknown]>([
    ['a callback that is called at once', (id, done) => done(null, id)],
    ['a callback that is called later', (id, done) => setImmediate(done, null, id)],
    ['a promise', async (id: number) => id],
    ['a promise beside a callback that is not called', async (id, _done) => id],
    ['an async function that calls its callback', async (id, done) => done(null, id)],
    [
      'an async function that calls its callback late',
      async (id, done) => void setImmediate(done, null, id),
    ],
    ['a thenable without a callback', (id: number) => thenable(id)],
  ])('takes the answer of %s', async (_what, get) => {
    expect(await ask(get, 7)).toBe(7)
  })

  it('has at once what is answered before the function returns', () => {
    expect(ask((id: number, done: Callback<number>) => done(null, id), 7)).toBe(7)
  })

  it.each<[string, (done: Callback) => unknown]>([
    ['gives an error to its callback', (done) => done(new Error('away'))],
    ['gives an error to its callback later', (done) => setImmediate(done, new Error('away'))],
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

  it('rejects with what was given, whatever it is', async () => {
    await expect(ask((done: Callback) => done('a text'))).rejects.toBe('a text')
  })

  it('calls the function with the model as `this`, and the arguments before the callback', async () => {
    const model = {
      prefix: 'id',
      get(this: { prefix: string }, a: number, b: number, done: Callback) {
        done(null, `${this.prefix} ${a} ${b}`)
      },
    }
    expect(await answerOf(model, 'get', [1, 2], withTimeout)).toBe('id 1 2')
  })

  it('gives the callback to a function that takes it by `arguments`', async () => {
    expect(await ask(counting, 1, 2)).toBe(3)
  })

  it('does not take a query that a function with a callback returns for an answer', async () => {
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
      'at once',
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
      'with an error after an answer',
      (done) => {
        done(null, 1)
        done(new Error('away'))
      },
    ],
  ])('rejects for a function that answers twice, %s', async (_when, get) => {
    await expect(ask(get)).rejects.toThrow("The model's get called its callback twice")
  })

  it('rejects for a function that never answers, in time', async () => {
    await expect(ask((_done: Callback) => {})).rejects.toThrow(TimeoutError)
    await expect(ask(() => {})).rejects.toThrow(TimeoutError)
    await expect(ask(() => new Promise(() => {}))).rejects.toThrow(
      "The model's get did not answer within 50 ms",
    )
  })

  it.each([undefined, null, 'get', {}])('rejects where the function is %p', async (get) => {
    await expect(ask(get)).rejects.toThrow(new TypeError('The model has no function "get": add it'))
  })

  it.each([undefined, null, false, 0, ''])('gives %p back as it is', async (nothing) => {
    expect(await ask((done: Callback) => done(null, nothing as never))).toBe(nothing)
  })

  it('gives both results of a callback that takes two', async () => {
    const model = { get: (done: Callback<boolean>) => (done as Both)(null, true, { id: 1 }) }
    const both = await answersOf(model, 'get', [], withTimeout, (results) => results)
    expect(both).toEqual([true, { id: 1 }])
  })

  it('keeps what one call answers apart from another one at the same time', async () => {
    const answers = [0, 1, 2].map((id) => ask(lateFor, id))
    expect(await Promise.all(answers)).toEqual([0, 1, 2])
  })
})

type Both = (error: null, first: boolean, second: object) => void

function counting(...args: unknown[]): void {
  const done = args.at(-1) as Callback<number>
  done(null, args.length)
}

/** The lower the number, the later. */
function lateFor(id: number, done: Callback): void {
  setTimeout(done, (3 - id) * 5, null, id)
}

/** What some query builders return. */
function thenable<T>(value: T, ran = () => {}) {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- it is meant to be one
    then(resolve: (value: T) => void) {
      ran()
      resolve(value)
    },
  }
}
