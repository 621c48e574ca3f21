import { setting } from './config.js'
import { serverError } from './server-error.js'

/** The URL of the database. */
export const url = setting('DATABASE_URL', 'postgres://localhost:{{databasePort}}/oauth')

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  return serverError(error, url, {
    '28000': 'account',
    '28P01': 'account',
    '3D000': 'database',
    '42P01': 'table',
  })
}
