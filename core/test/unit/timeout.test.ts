import { TimeoutError, timeoutAfter } from '../../src/async/timeout'

describe('timeoutAfter()', () => {
  it('gives the answer that comes in time', async () => {
    const withTimeout = timeoutAfter(1000)
    expect(await withTimeout(async () => 7, 'It')).toBe(7)
    await expect(withTimeout(() => Promise.reject(new Error('away')), 'It')).rejects.toThrow('away')
  })

  it('rejects with what was asked and how long it was waited for', async () => {
    const asked = timeoutAfter(20)(() => new Promise(() => {}), "The store's find")
    await expect(asked).rejects.toThrow(TimeoutError)
    await expect(asked).rejects.toThrow("The store's find did not answer within 20 ms")
  })

  it('has no use for an answer that comes too late, even an error', async () => {
    let fail!: (error: Error) => void
    const late = new Promise<never>((_resolve, reject) => (fail = reject))
    const asked = timeoutAfter(10)(() => late, 'It')
    await expect(asked).rejects.toThrow(TimeoutError)
    fail(new Error('late'))
    await expect(late).rejects.toThrow('late')
  })

  it.each<[string, () => Promise<unknown>]>([
    [
      'throws',
      () => {
        throw new Error('away')
      },
    ],
    ['returns no promise', () => undefined as never],
    ['rejects', () => Promise.reject(new Error('away'))],
    ['answers', async () => 7],
  ])('leaves no timer behind where what is asked %s', async (_how, ask) => {
    jest.useFakeTimers()
    try {
      await timeoutAfter(5000)(ask, 'It').catch(() => {})
      expect(jest.getTimerCount()).toBe(0)
    } finally {
      jest.useRealTimers()
    }
  })

  it('watches only what has not been answered yet', async () => {
    jest.useFakeTimers()
    try {
      const withTimeout = timeoutAfter(5000)
      const setTimer = jest.spyOn(globalThis, 'setTimeout')
      await withTimeout(async () => 7, 'It')
      expect(setTimer).not.toHaveBeenCalled()
      const asked = withTimeout(() => new Promise(() => {}), 'It').catch((error: unknown) => error)
      await jest.advanceTimersByTimeAsync(5000)
      expect(await asked).toBeInstanceOf(TimeoutError)
    } finally {
      jest.useRealTimers()
    }
  })
})
