import { createHash } from 'node:crypto'

/** The names of a credential in the database. Both are parts of the SHA-256 of its hash. */
export interface Names {
  /** What the unique index has: 160 bits, as many as a token of the core. */
  id: Buffer
  /** The member in `tokens`: 64 bits as Base64url, which suffices within one grant. */
  key: string
}

const idBytes = 20
const keyBytes = 8

/**
 * Returns the names of a credential. They are short, because a grant has many credentials, and safe
 * as the name of a member, because a hash can be any text.
 */
export function namesOf(hash: string): Names {
  const id = createHash('sha256').update(hash).digest().subarray(0, idBytes)
  return { id, key: keyOf(id) }
}

/** Returns the member in `tokens` of the credential with that id. */
export function keyOf(id: Uint8Array): string {
  return Buffer.from(id.subarray(0, keyBytes)).toString('base64url')
}

/**
 * Returns an id as a document of the past has it. It sorts after the plain id in the document of the
 * grant, because it is longer.
 */
export function pastId(id: Uint8Array): Buffer {
  return Buffer.concat([id, Buffer.of(0)])
}
