/** What a database may refuse: the account, the database of that name, or a query of a table. */
export type Refusal = 'account' | 'database' | 'table'

/**
 * Turns an error of the driver into one that says what to do, in one line without the password.
 * `refusals` lists the error codes of the database.
 */
export function serverError(
  error: unknown,
  url: string,
  refusals: Readonly<Record<string, Refusal>>,
): Error {
  const { host, name } = placeOf(url)
  const { code, errno, message } = error as NodeJS.ErrnoException
  const [prefix = ''] = /^[A-Z]+\b/.exec(message) ?? []
  // A connection that fails on IPv4 and IPv6 has a code, but no message.
  const [reason] = (message || String(code)).replaceAll(url, 'DATABASE_URL').split('\n')
  switch (refusals[code ?? ''] ?? refusals[errno ?? ''] ?? refusals[prefix]) {
    case 'account':
      return new Error(
        `The database at ${host} refuses the account in DATABASE_URL: correct the user or the password`,
      )
    case 'database':
      return new Error(
        `The account in DATABASE_URL has no database "${name}" at ${host}: create it, or correct DATABASE_URL`,
      )
    case 'table':
      return new Error(`The database lacks a table (${reason}): run "npm run migrate"`)
    default: {
      return new Error(
        `The database at ${host} can't be used (${reason}): check that it runs, and DATABASE_URL`,
        { cause: error },
      )
    }
  }
}

/** Returns the parts of a URL without its account. Unlike `new URL()`, it accepts several hosts. */
function placeOf(url: string): { host: string; name: string } {
  const [, host = '', name = ''] = /^[^/]*\/\/(?:.*@)?([^/?]*)\/?([^?]*)/.exec(url) ?? []
  return { host, name }
}
