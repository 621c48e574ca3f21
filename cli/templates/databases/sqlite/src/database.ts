import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setting } from './config.js'
import { fail } from './environment.js'

/** The URL of the database: `file:` and a path. */
export const url = setting('DATABASE_URL', 'file:data/oauth.db')

if (!url.startsWith('file:')) fail('DATABASE_URL must be "file:" and a path')

/** The path of the database. */
export const file = url.slice('file:'.length)

mkdirSync(path.dirname(file), { recursive: true })

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  const { message } = error as Error
  return message.includes('no such table')
    ? new Error('The database has no tables: run "npm run migrate"')
    : new Error(`The database ${file} can't be used (${message}): correct DATABASE_URL`)
}
