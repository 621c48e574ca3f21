import { type FileHandle, open } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { OptionError, optionError } from '../errors/option-error'
import type { PrivateJwk } from './signing-key'

/** A JWK Set with private keys (RFC 7517 5). */
export interface PrivateJwkSet {
  keys: PrivateJwk[]
}

/**
 * Returns a function for the option `keys` that reads a file with a JWK Set, as `oauth2-kit keys
 * generate` writes it. The file is read again after it has changed, so keys are rotated without a
 * restart. The function rejects with an OptionError if the file cannot be read or is not a JWK Set.
 * A process warning says if other users of the machine can read or change the file.
 */
export function keysFromFile(path: string): () => Promise<PrivateJwkSet> {
  if (typeof path !== 'string' || path === '')
    throw new OptionError('path', 'keysFromFile() takes the path of a file with a JWK Set')
  let known: { version: string; keys: PrivateJwkSet } | undefined
  const warn = warnOnce(path)

  return async () => {
    const file = await opened(path)
    try {
      const stats = await file.stat()
      warn(stats)
      const version = `${stats.ino} ${stats.mtimeMs} ${stats.size}`
      if (known?.version !== version) known = { version, keys: await keySetIn(file, path) }
      return known.keys
    } finally {
      await file.close()
    }
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw optionError(
      'keys',
      `cannot be read from the file ${path} (${code}): "oauth2-kit keys generate" writes it`,
      { cause },
    )
  }
}

async function keySetIn(file: FileHandle, path: string): Promise<PrivateJwkSet> {
  const text = await file.readFile('utf8')
  try {
    const { keys } = JSON.parse(text) as PrivateJwkSet
    if (Array.isArray(keys)) return { keys }
  } catch {
    // The original error contains a part of the file.
  }
  throw optionError(
    'keys',
    `must be a JWK Set in the file ${path}, { "keys": [...] }: "oauth2-kit keys generate" writes it`,
  )
}

function warnOnce(path: string): (stats: Stats) => void {
  let hasWarned = process.platform === 'win32'
  return ({ mode }) => {
    if (hasWarned || (mode & 0o006) === 0) return
    hasWarned = true
    process.emitWarning(
      `Other users of this machine can read or change the private keys in ${path}: chmod 600 it`,
      { code: 'OAUTH2_KIT_KEYS_FILE' },
    )
  }
}
