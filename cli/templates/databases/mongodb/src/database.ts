import { setting } from './config.js'
import { serverError } from './server-error.js'

/** The URL of the database. */
export const url = setting('DATABASE_URL', 'mongodb://localhost:{{databasePort}}/oauth')

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  return serverError(error, url, { '13': 'account', '18': 'account' })
}
