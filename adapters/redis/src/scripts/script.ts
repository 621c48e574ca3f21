import { createHash } from 'node:crypto'

/** A Lua script, and the name by which a server knows it once it has run there. */
export interface Script {
  readonly text: string
  readonly sha: string
}

// The scripts are modules, not .lua files, so that a bundler takes them along.

/** One script of several parts: what a later part uses, an earlier one defines. */
export function script(...parts: string[]): Script {
  const text = parts.join('\n')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
