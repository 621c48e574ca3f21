import type { Hash } from '@oauth2-kit/core'

// The keys, after the prefix and the tenant. The keys of a grant are in one slot of a Cluster.
// Credentials are not, so that they are found by their hash alone.
//
// t:<hash>        a credential: text, see rows.ts. For an answer on a Cluster, a pointer to the
//                 grant at whose slot the answer is
// ga:{grant}:hash an answer, on a Cluster only: text like that of a credential
// g:{grant}       a grant: hash with c client, u user, i creation time, d data, n and e the calls
//                 that issued and last extended it, w the version that the client must have, until
//                 client and user have been checked, z four values: when its last credential is removed;
//                 the end of its index entries on a single node; how many members of m are redeemed;
//                 "x" if xs exists. For a redeemed
//                 credential, the mark of its redemption: half of the hash of the first successor,
//                 under half of its own. For a refresh token that is not redeemed, the hash of what
//                 was redeemed for it: see isPredecessor(). Only c, u and d can be longer than 64
//                 bytes, up to which Redis stores a hash compactly. Without d, the grant is revoked and
//                 about to be removed
// m:{grant}       its credentials: sorted set of hashes by the time at which they are removed
// xs:{grant}      its redeemed credentials that were moved from m: a sorted set like it
// gc:<client>     the grants of a client: sorted set of ids by the time at which they are removed
// gu:<user>       the grants of a user: a sorted set like gc
// c:<client>      a client: a line with its version, then JSON
// cs              the ids of all clients: sorted set in the order of their bytes
// r:<key>         a record: see scripts/record.ts
// {u}:i:<user>    a user: a line with the version, a line with the name, then JSON
// {u}:n:<name>    the id of the user with that name
// {u}:s           the ids of all users: sorted set in the order of their bytes
// {u}:d:<user>    the mark of a deleted user

/** The possible first parts of a key, after the prefix. */
const types = new Set(['t', 'g', 'm', 'xs', 'ga', 'gc', 'gu', 'c', 'cs', 'r', '{u}'])

/**
 * Returns whether keys with this prefix could also be keys of another store, whose prefix is the
 * first part of this one. A part after a colon must not look like the type of a key or a tenant.
 */
export function isAmbiguous(prefix: string): boolean {
  const [, ...rest] = prefix.split(':')
  return rest.some((segment) => types.has(segment)) || rest.at(-1)?.startsWith('@') === true
}

/** The keys of a store. */
export type Keys = ReturnType<typeof keysOf>

/**
 * Returns the keys of a store. `added` is the `keyPrefix` of the client. ioredis does not add it to
 * keys that a script builds, so the scripts must.
 */
export function keysOf(prefix: string, tenant: string | undefined, added: string) {
  // No type of key begins with "@", so a tenant shares no key with a store without a tenant.
  const root = tenant === undefined ? `${prefix}:` : `${prefix}:@${part(tenant)}:`
  return {
    credential: (hash: Hash) => `${root}t:${part(hash)}`,
    grant: (id: string) => `${root}g:{${part(id)}}`,
    members: (id: string) => `${root}m:{${part(id)}}`,
    redeemed: (id: string) => `${root}xs:{${part(id)}}`,
    answer: (id: string, hash: Hash) => `${root}ga:{${part(id)}}:${part(hash)}`,
    ofClient: (id: string) => `${root}gc:${part(id)}`,
    ofUser: (id: string) => `${root}gu:${part(id)}`,
    client: (id: string) => `${root}c:${part(id)}`,
    clients: `${root}cs`,
    record: (key: string) => `${root}r:${part(key)}`,
    user: (id: string) => `${root}{u}:i:${part(id)}`,
    username: (name: string) => `${root}{u}:n:${part(name)}`,
    users: `${root}{u}:s`,
    deletedUser: (id: string) => `${root}{u}:d:${part(id)}`,
    /** The beginnings of the keys that scripts build. */
    made: {
      /** That of all keys. */
      all: `${added}${root}`,
      credentials: `${added}${root}t:`,
      grants: `${added}${root}g:{`,
      answers: (id: string) => `${added}${root}ga:{${part(id)}}:`,
      ofClient: `${added}${root}gc:`,
      ofUser: `${added}${root}gu:`,
      users: `${added}${root}{u}:i:`,
      usernames: `${added}${root}{u}:n:`,
    },
  }
}

const plain = /^[\w-]+$/

/**
 * Returns a name as a part of a key, without the characters that separate parts or name a slot.
 */
export function part(name: string): string {
  return plain.test(name) ? name : encodeURIComponent(name)
}

/**
 * Returns the field of a credential in its grant: half of its hash, which is 128 bits. Another text
 * than a SHA-256 gets a prefix, so that it is not the name of a field of the grant itself. Scripts do
 * the same.
 */
export function fieldOf(hash: Hash): string {
  const whole = part(hash)
  return whole.length === 64 ? whole.slice(0, 32) : `#${whole}`
}

/**
 * Returns whether the value of a credential's field is the hash of what was redeemed for it, so that
 * the credential itself is not redeemed. Another text than a SHA-256 has a "<" before it. Scripts do
 * the same.
 */
export function isPredecessor(value: string): boolean {
  return value.startsWith('<') || (value.length === 64 && !value.startsWith('#'))
}

/** Stands for the version of an entry that does not exist. No version contains a line break. */
export const noVersion = '\n'

/** Returns the name that a part stands for. */
export function nameOf(part: string): string {
  return decodeURIComponent(part)
}
