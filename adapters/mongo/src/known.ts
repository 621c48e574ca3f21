import type { Credential, GrantRef } from '@oauth2-kit/core'

/** What `find` has read of a credential's grant, which helps to redeem the credential. */
export interface Known {
  hash: string
  grantId: string
  /** The key of its predecessor. */
  predecessor: string | undefined
  /** Whether the grant has a credential that never expires. */
  neverEnds: boolean
}

const known = new WeakMap<object, Known>()

/** Remembers it for as long as the credential is in use. */
export function remember(credential: Credential, read: Omit<Known, 'hash' | 'grantId'>): void {
  const { hash, grant } = credential
  const all: Known = { hash, grantId: grant.id, ...read }
  known.set(credential, all)
  known.set(grant, all)
}

/**
 * Returns what `find` has read, if this is the object that it returned. It may be outdated, so it
 * must not decide anything.
 */
export function knownOf(credential: Credential): Known | undefined {
  const found = known.get(credential)
  const isSame = found?.hash === credential.hash && found.grantId === credential.grant.id
  return isSame ? found : undefined
}

/** Returns whether the grant had a credential that never expires when `find` read it. */
export function neverEnded(grant: GrantRef): boolean {
  const found = known.get(grant)
  return found?.grantId === grant.id && found.neverEnds
}
