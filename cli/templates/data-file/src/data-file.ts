import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { root } from './config.js'

/**
 * Returns the whole path of a file with data. Creates its folder if it is missing, so that only its
 * owner may read what is in it.
 */
export function dataFile(name: string): string {
  const file = path.resolve(root, name)
  const folder = path.dirname(file)
  // Only the last folder: a path that is mistyped should not come into being.
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
  return file
}
