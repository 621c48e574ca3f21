import { createHash } from 'node:crypto'

/** A Lua script, and the SHA-1 by which a server knows it after it has run there once. */
export interface Script {
  readonly text: string
  readonly sha: string
}

// The scripts are modules instead of .lua files, so that bundlers include them.

/** Joins parts to one script. A part can use what earlier parts define. */
export function script(...parts: string[]): Script {
  const text = parts.join('\n')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
