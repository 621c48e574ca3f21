import type { Grant, GrantRef, Hash, NewCredential } from '@oauth2-kit/core'
import { recordOf, userPart } from './rows'
import { type Keys, part } from './schema'
import { extendScript } from './scripts/extend'
import { issueScript } from './scripts/issue'
import { redeemScript } from './scripts/redeem'
import type { Script } from './scripts/script'

/** Credentials that are added to a grant, by a script that decides whether they are. */
export interface Addition {
  script: Script
  grant: GrantRef
  /** The keys of the grant's slot. */
  keys: string[]
  /** The arguments of the script's own. */
  args: string[]
  credentials: { hash: Hash; record: string; expiresAt: number | null }[]
  /** Whether the indexes get a new entry, or the end of one is put off. */
  isNew: boolean
}

/**
 * What a script says: a status, the hashes that don't belong to the grant, and what else there is.
 */
export type Answer = [status: string, strays: string[], ...rest: string[]]

/** Whose a grant must be. */
export interface Owner {
  clientId?: string
  userId?: string
}

/** What differs between one node and a Cluster. */
export interface Families {
  add(addition: Addition): Promise<Answer>
  /** Whether a credential counts that was written before that was known. */
  belongs(hash: Hash, grantId: string): Promise<boolean>
  /** Whether this call revoked the grant. */
  revoke(grantId: string, owner: Owner): Promise<boolean>
}

/** What `revoke` scripts take for an owner: '' = any. */
export function ownerArgs({ clientId, userId }: Owner): string[] {
  return [clientId, userId].map((id) => (id === undefined ? '' : part(id)))
}

/** A new grant, in the words of its script; `call` names the call. */
export function issuing(grant: Grant, credentials: NewCredential[], keys: Keys, call: string) {
  const { clientId, userId, createdAt, data } = grant
  const args = [part(clientId), userPart(userId), String(createdAt), data, call]
  return addition(issueScript, grant, credentials, keys, { args, isNew: true })
}

/** Redeems the credential of that hash. */
export function redeeming(hash: Hash, grant: GrantRef, successors: NewCredential[], keys: Keys) {
  const mark = keys.mark(grant.id, hash)
  return addition(redeemScript, grant, successors, keys, { args: [part(hash)], mark })
}

/** Adds to a grant; `call` names the call. */
export function extending(grant: GrantRef, credentials: NewCredential[], keys: Keys, call: string) {
  return addition(extendScript, grant, credentials, keys, { args: [call] })
}

function addition(
  script: Script,
  grant: GrantRef,
  credentials: NewCredential[],
  keys: Keys,
  own: { args: string[]; mark?: string; isNew?: boolean },
): Addition {
  const { args, mark, isNew = false } = own
  return {
    script,
    grant,
    keys: [keys.grant(grant.id), keys.members(grant.id), ...(mark === undefined ? [] : [mark])],
    args,
    credentials: credentials.map((one) => ({
      hash: one.hash,
      record: recordOf(one, grant),
      expiresAt: one.expiresAt,
    })),
    isNew,
  }
}

/** The arguments of a script that adds: see scripts/family.ts. */
export function scriptArgs(
  { grant, args, credentials }: Addition,
  retentionMs: number,
  where: 'here' | 'written' | 'taken',
) {
  return [
    retentionMs,
    where,
    part(grant.id),
    ...args,
    ...credentials.flatMap(({ hash, record, expiresAt }) => [part(hash), record, expiresAt ?? '']),
  ]
}

/** The indexes that a grant is in. */
export function indexesOf({ clientId, userId }: GrantRef, keys: Keys): string[] {
  const ofClient = keys.ofClient(clientId)
  return userId === null ? [ofClient] : [ofClient, keys.ofUser(userId)]
}
