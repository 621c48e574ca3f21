import { TimeoutError, timeoutAfter } from '../../src/async/timeout'

describe('timeoutAfter()', () => {
  it('returns a result that arrives in time', async () => {
    const withTimeout = timeoutAfter(1000)
    expect(await withTimeout(async () => 7, 'It')).toBe(7)
    await expect(withTimeout(() => Promise.reject(new Error('away')), 'It')).rejects.toThrow('away')
  })

  it('rejects with the name of the call and the timeout', async () => {
    const call = timeoutAfter(20)(() => new Promise(() => {}), "The store's find")
    await expect(call).rejects.toThrow(TimeoutError)
    await expect(call).rejects.toThrow("The store's find did not answer within 20 ms")
  })

  it('ignores a result that arrives too late, even an error', async () => {
    let fail!: (error: Error) => void
    const late = new Promise<never>((_resolve, reject) => (fail = reject))
    const call = timeoutAfter(10)(() => late, 'It')
    await expect(call).rejects.toThrow(TimeoutError)
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
    ['resolves', async () => 7],
  ])('leaves no timer behind if the call %s', async (_how, ask) => {
    jest.useFakeTimers()
    try {
      await timeoutAfter(5000)(ask, 'It').catch(() => {})
      expect(jest.getTimerCount()).toBe(0)
    } finally {
      jest.useRealTimers()
    }
  })

  it('sets a timer only for a call that is still pending', async () => {
    jest.useFakeTimers()
    try {
      const withTimeout = timeoutAfter(5000)
      const setTimer = jest.spyOn(globalThis, 'setTimeout')
      await withTimeout(async () => 7, 'It')
      expect(setTimer).not.toHaveBeenCalled()
      const call = withTimeout(() => new Promise(() => {}), 'It').catch((error: unknown) => error)
      await jest.advanceTimersByTimeAsync(5000)
      expect(await call).toBeInstanceOf(TimeoutError)
    } finally {
      jest.useRealTimers()
    }
  })
})
