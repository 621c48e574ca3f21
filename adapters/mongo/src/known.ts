import type { Credential } from '@oauth2-kit/core'

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
  known.set(credential, { hash: credential.hash, grantId: credential.grant.id, ...read })
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
