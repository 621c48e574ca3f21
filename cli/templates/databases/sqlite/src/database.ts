import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { root, setting } from './config.js'
import { fail } from './environment.js'

const given = setting('DATABASE_URL', 'file:data/oauth.db')

if (!given.startsWith('file:')) fail('DATABASE_URL must be "file:" and a path')

/** The path of the database. */
export const file = path.resolve(root, given.slice('file:'.length))

/** The URL of the database. */
export const url = `file:${file}`

// Only the owner may read what is in it.
mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })

/** Turns an error of the driver into one that says what to do, in one line. */
export function explained(error: unknown): Error {
  const { message } = error as Error
  return message.includes('no such table')
    ? new Error(`The database lacks a table (${message}): run "npm run migrate"`)
    : new Error(`The database ${file} can't be used (${message}): check the file and its folder`)
}
