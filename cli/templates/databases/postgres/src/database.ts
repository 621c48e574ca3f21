import { serverError } from './server-error.js'
import { serverUrl } from './server-url.js'

/** The URL of the database. */
export const url = serverUrl('postgres://localhost:{{databasePort}}/oauth', [
  'postgres:',
  'postgresql:',
])

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  return serverError(error, url, {
    '28000': 'account',
    '28P01': 'account',
    '3D000': 'database',
    '42P01': 'table',
  })
}
