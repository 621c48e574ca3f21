/** How long a page waits for the store, in milliseconds: as long as the endpoints do. */
const deadlineMs = 5_000

/** The store has failed, or has not answered in time. */
export class StoreAwayError extends Error {
  readonly status = 503
}

/** What a page has asked of the store. One that fails or hangs is a 503, as at the endpoints. */
export async function fromStore<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const message = `The store did not answer a page within ${deadlineMs} ms`
    timer = setTimeout(() => reject(new Error(message)), deadlineMs)
  })
  try {
    return await Promise.race([asked, late])
  } catch (cause) {
    throw new StoreAwayError('The store is away', { cause })
  } finally {
    clearTimeout(timer)
  }
}
