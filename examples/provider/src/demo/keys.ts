import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs'
import { type Options, keysFromFile } from '@oauth2-kit/core'
import { fail } from '../provider/environment.js'

/**
 * Resolves with the option `keys` of the server: the keys in the file, which is created if it does
 * not exist, or a new key in memory. Throws a `ConfigurationError` if the file can't be used.
 */
export async function signingKeys(file: string | undefined): Promise<Options['keys']> {
  if (file === undefined) return [newKey()]
  try {
    if (!existsSync(file)) createFile(file)
    const keys = keysFromFile(file)
    await keys()
    return keys
  } catch (error) {
    return fail(`KEYS_FILE: ${(error as Error).message}`)
  }
}

/** Writes the key that signs and the next one, as `oauth2-kit keys generate` does. */
function createFile(file: string): void {
  const keys = [newKey(), newKey()].map((key) => key.export({ format: 'jwk' }))
  const unfinished = `${file}.${randomUUID()}`
  writeFileSync(unfinished, JSON.stringify({ keys }), { flag: 'wx', mode: 0o600 })
  try {
    // Unlike a rename, a link never replaces a file.
    linkSync(unfinished, file)
  } catch (error) {
    // Another process of this provider has started at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(unfinished)
  }
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}
