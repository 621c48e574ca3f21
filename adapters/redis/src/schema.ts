import type { Hash } from '@oauth2-kit/core'

// The keys, behind the prefix and the tenant. What belongs to a grant is in one slot of a Cluster;
// a credential is not, so that it is found by its hash alone.
//
// t:<hash>        a credential: text, see rows.ts
// g:{grant}       a grant: hash of c client, u user, i creation, d data, n and e the calls that
//                 issued and last extended it, r revoked
// m:{grant}       its credentials: sorted set of hashes by the time at which they go
// x:{grant}:hash  the mark of use of one: the hash and record of its first successor
// gc:<client>     the grants of a client: sorted set of ids by the time at which they go
// gu:<user>       the grants of a user, likewise
// c:<client>      a client: JSON
// cs              the ids of all clients: sorted set in the order of their bytes
// r:<key>         a remembered key: the call that remembered it
// {u}:i:<user>    the name of a user
// {u}:n:<name>    a user: JSON

/** The names of everything that a store keeps. */
export type Keys = ReturnType<typeof keysOf>

/**
 * The keys of a store. What ioredis puts before a key it doesn't put before a key that a script
 * makes: that is what `added` is for.
 */
export function keysOf(prefix: string, tenant: string | undefined, added: string) {
  // No type of key begins with this sign, so the keys of a tenant are never those of another store.
  const root = tenant === undefined ? `${prefix}:` : `${prefix}:@${part(tenant)}:`
  return {
    credential: (hash: Hash) => `${root}t:${part(hash)}`,
    grant: (id: string) => `${root}g:{${part(id)}}`,
    members: (id: string) => `${root}m:{${part(id)}}`,
    mark: (id: string, hash: Hash) => `${root}x:{${part(id)}}:${part(hash)}`,
    ofClient: (id: string) => `${root}gc:${part(id)}`,
    ofUser: (id: string) => `${root}gu:${part(id)}`,
    client: (id: string) => `${root}c:${part(id)}`,
    clients: `${root}cs`,
    remembered: (key: Hash) => `${root}r:${part(key)}`,
    username: (id: string) => `${root}{u}:i:${part(id)}`,
    user: (username: string) => `${root}{u}:n:${part(username)}`,
    /** How the keys begin that scripts make. */
    made: {
      credentials: `${added}${root}t:`,
      marks: (id: string) => `${added}${root}x:{${part(id)}}:`,
      ofClient: `${added}${root}gc:`,
      ofUser: `${added}${root}gu:`,
      users: `${added}${root}{u}:n:`,
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
    throw new TypeError('What a store is asked for must be well-formed text')
  }
  return plain.test(name) ? name : encodeURIComponent(name)
}

/** The name that a part stands for. */
export function nameOf(part: string): string {
  return decodeURIComponent(part)
}
