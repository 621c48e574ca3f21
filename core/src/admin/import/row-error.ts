/** What is wrong with a row, and what to do. The text contains no secret. */
export class RowError extends Error {
  override readonly name: string = 'RowError'
}

/** The client of a grant is not registered. It may be in a later row. */
export class UnknownClientError extends RowError {
  override readonly name = 'UnknownClientError'

  constructor(clientId: string) {
    super(
      `The client "${clientId}" is not registered: import it, or, if its row came later, run the ` +
        'import again',
    )
  }
}

/** The store failed on a row. */
export class StoreFailure extends RowError {
  override readonly name = 'StoreFailure'

  constructor(cause: unknown) {
    super(`The store failed on this row${codeOf(cause)}: see its error, and run the import again`, {
      cause,
    })
  }
}

/** Calls the store. Throws a `StoreFailure` if the call rejects. */
export async function inStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw new StoreFailure(error)
  }
}

/** Returns the code of a database driver in brackets. Its message may contain values. */
function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' || typeof code === 'number' ? ` (${code})` : ''
}

/** Calls the function `hash` of the option `passwords`, whose error may contain the password. */
export async function hashing(call: () => Promise<string>): Promise<string> {
  try {
    return await call()
  } catch (cause) {
    throw new RowError('"passwords.hash" failed on this row: see its error', { cause })
  }
}
