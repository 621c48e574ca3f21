import { setting } from './config.js'
import { dataFile } from './data-file.js'
import { fail } from './environment.js'

const given = setting('DATABASE_URL', 'file:data/oauth.db')

if (!given.startsWith('file:')) fail('DATABASE_URL must be "file:" and a path')

/** The path of the database. */
export const file = dataFile(given.slice('file:'.length))

/** The URL of the database. */
export const url = `file:${file}`

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  const { message } = error as Error
  return message.includes('no such table')
    ? new Error(`The database lacks a table (${message}): {{createTable}}`)
    : new Error(`The database ${file} can't be used (${message}): check the file and its folder`)
}
