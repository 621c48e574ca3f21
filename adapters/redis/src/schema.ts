import { withCode } from '@oauth2-kit/core/store-kit'
import type { Hash } from '@oauth2-kit/core'

// The keys, behind the prefix and the tenant. What belongs to a grant is in one slot of a Cluster;
// a credential is not, so that it is found by its hash alone.
//
// t:<hash>        a credential: text, see rows.ts; on Cluster an answer is at its grant's slot, and
//                 this says of which grant
// ga:{grant}:hash an answer, on Cluster only: text like that of a credential
// g:{grant}       a grant: hash of c client, u user, i creation, d data, n and e the calls that
//                 issued and last extended it, p:<hash> what that refresh token came from, w what
//                 it was issued on while that is not checked; without d it is revoked, and the rest
//                 of it is about to go
// m:{grant}       its credentials that are not redeemed: sorted set of hashes by the time at which
//                 they go
// xs:{grant}      those that are redeemed, likewise
// x:{grant}:hash  the mark of use of one: the hash of its first successor
// gc:<client>     the grants of a client: sorted set of ids by the time at which they go
// gu:<user>       the grants of a user, likewise
// c:<client>      a client: its version in one line, then JSON
// cs              the ids of all clients: sorted set in the order of their bytes
// r:<key>         a record: see records.ts
// {u}:i:<user>    a user: version and name in a line each, then JSON
// {u}:n:<name>    the id of the user of that name
// {u}:s           the ids of all users, as those of clients
// {u}:d:<user>    the mark of a deleted user

/** What can stand first in a key, behind the prefix. */
const types = new Set(['t', 'g', 'm', 'xs', 'x', 'ga', 'gc', 'gu', 'c', 'cs', 'r', '{u}'])

/**
 * Whether the keys of a store could be keys of another one, whose prefix is the first part of this
 * prefix: what follows a colon in a prefix must not look like the type of a key or a tenant.
 */
export function isAmbiguous(prefix: string): boolean {
  const [, ...rest] = prefix.split(':')
  return rest.some((segment) => types.has(segment)) || rest.at(-1)?.startsWith('@') === true
}

/** The names of everything that a store keeps. */
export type Keys = ReturnType<typeof keysOf>

/**
 * The keys of a store. What ioredis puts before a key it doesn't put before a key that a script
 * makes: that is what `added` is for.
 */
export function keysOf(prefix: string, tenant: string | undefined, added: string) {
  // No type of key begins with this sign, so a tenant shares no key with a store without one.
  const root = tenant === undefined ? `${prefix}:` : `${prefix}:@${part(tenant)}:`
  return {
    credential: (hash: Hash) => `${root}t:${part(hash)}`,
    grant: (id: string) => `${root}g:{${part(id)}}`,
    members: (id: string) => `${root}m:{${part(id)}}`,
    redeemed: (id: string) => `${root}xs:{${part(id)}}`,
    mark: (id: string, hash: Hash) => `${root}x:{${part(id)}}:${part(hash)}`,
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
    /** How the keys begin that scripts make. */
    made: {
      credentials: `${added}${root}t:`,
      grants: `${added}${root}g:{`,
      marks: (id: string) => `${added}${root}x:{${part(id)}}:`,
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
 * A name as a part of a key: without the signs that separate parts or name a slot. Throws a
 * TypeError for anything but well-formed text, so that no object, number or boolean matches.
 */
export function part(name: string): string {
  if (typeof name !== 'string' || !name.isWellFormed()) {
    throw withCode(
      'OAUTH2_KIT_OPTION',
      new TypeError('What a store is asked for must be well-formed text'),
    )
  }
  return plain.test(name) ? name : encodeURIComponent(name)
}

/** The version of what is not there: no version has a line break, as a part. */
export const noVersion = '\n'

/** The name that a part stands for. */
export function nameOf(part: string): string {
  return decodeURIComponent(part)
}
