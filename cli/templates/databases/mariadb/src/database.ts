import { serverError } from './server-error.js'
import { serverUrl } from './server-url.js'

/** The URL of the database. */
export const url = serverUrl('mysql://localhost:{{databasePort}}/oauth', ['mysql:', 'mariadb:'])

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  return serverError(error, url, {
    '1044': 'database',
    '1045': 'account',
    '1049': 'database',
    '1146': 'table',
  })
}
