import { type FileHandle, open } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OptionError, optionError } from '../errors/option-error'
import { checkedKeys } from './key-set'
import type { PrivateJwk } from './signing-key'

/** A JWK Set with private keys (RFC 7517 5). */
export interface PrivateJwkSet {
  keys: PrivateJwk[]
}

/**
 * Returns a function for the option `keys` that reads a file with a JWK Set, as `oauth2-kit keys
 * generate` writes it. `file` is its path, relative to the working directory of the process, or its
 * `file:` URL. The file is read again after it has changed, so keys are rotated without a restart. The
 * function rejects with an OptionError if the file cannot be read or has no JWK Set with private keys
 * that can sign, so calling it at the start checks the file: `await keys()`. A process warning says if
 * other users of the machine can read or change the file.
 */
export function keysFromFile(file: string | URL): () => Promise<PrivateJwkSet> {
  const path = pathOf(file)
  let known: { version: string; keys: PrivateJwkSet } | undefined
  const warn = warnOnce(path)

  return async () => {
    const file = await opened(path)
    try {
      const stats = await file.stat()
      if (stats.isDirectory()) throw unreadable(path, 'EISDIR')
      warn(stats)
      const version = `${stats.ino} ${stats.mtimeMs} ${stats.size}`
      if (known?.version !== version) known = { version, keys: await keySetIn(file, path) }
      return known.keys
    } finally {
      await file.close()
    }
  }
}

function pathOf(file: unknown): string {
  if (file instanceof URL && file.protocol === 'file:') return fileURLToPath(file)
  if (typeof file === 'string' && file !== '') return file
  throw new OptionError(
    'path',
    'keysFromFile() takes the path or the file: URL of a file with a JWK Set',
  )
}

function unreadable(path: string, code: string | undefined, cause?: unknown): OptionError {
  // The absolute path shows a wrong working directory.
  return optionError(
    'keys',
    `cannot be read from the file ${resolve(path)} (${code}): "oauth2-kit keys generate" writes it`,
    { cause },
  )
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (cause) {
    throw unreadable(path, (cause as NodeJS.ErrnoException).code, cause)
  }
}

async function keySetIn(file: FileHandle, path: string): Promise<PrivateJwkSet> {
  const text = await file.readFile('utf8')
  const keys = listIn(text)
  if (keys) {
    checkedKeys(keys)
    return { keys }
  }
  throw optionError(
    'keys',
    `must be a JWK Set in the file ${path}, { "keys": [...] }: "oauth2-kit keys generate" writes it`,
  )
}

function listIn(text: string): PrivateJwk[] | undefined {
  try {
    const { keys } = JSON.parse(text) as PrivateJwkSet
    return Array.isArray(keys) ? keys : undefined
  } catch {
    // The original error contains a part of the file.
    return undefined
  }
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
