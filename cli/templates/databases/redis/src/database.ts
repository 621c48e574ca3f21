import { serverError } from './server-error.js'
import { serverUrl } from './server-url.js'

/** The URL of the database. */
export const url = serverUrl('redis://localhost:{{databasePort}}', ['redis:', 'rediss:'])

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  return serverError(error, url, { NOAUTH: 'account', NOPERM: 'account', WRONGPASS: 'account' })
}
