import { inBatches, retried } from '@oauth2-kit/core/store-kit'

/** Work that fails `times` times, and counts its calls. */
function failing(times: number, error: Error) {
  const work = jest.fn(async () => {
    if (work.mock.calls.length <= times) throw error
    return 'done'
  })
  return work
}

describe('retried()', () => {
  const transient = new Error('deadlock')

  it('repeats work after a transient error', async () => {
    const work = failing(3, transient)
    expect(await retried(work, (error) => error === transient)).toBe('done')
    expect(work).toHaveBeenCalledTimes(4)
  })

  it('rejects with any other error immediately', async () => {
    const work = failing(1, new Error('syntax'))
    await expect(retried(work, (error) => error === transient)).rejects.toThrow('syntax')
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('F38: gives up after 20 attempts', async () => {
    const work = failing(Infinity, transient)
    await expect(retried(work, () => true)).rejects.toBe(transient)
    expect(work).toHaveBeenCalledTimes(20)
  })
})

describe('inBatches()', () => {
  it.each([true, false])('runs batches until one resolves with false, paced: %s', async (paced) => {
    let left = 5
    await inBatches(async () => --left > 0, { paced })
    expect(left).toBe(0)
  })

  it('rejects with the error of a batch', async () => {
    await expect(inBatches(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
  })
})
