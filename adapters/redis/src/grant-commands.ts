import type {
  Credential,
  Grant,
  GrantRef,
  Hash,
  IssueConditions,
  NewCredential,
} from '@oauth2-kit/core'
import { recordOf, userPart, versionLine } from './rows'
import { type Keys, part } from './schema'
import { extendScript } from './scripts/extend'
import { issueScript } from './scripts/issue'
import { redeemScript } from './scripts/redeem'
import type { Script } from './scripts/script'

/** How long something is kept after its expiry: milliseconds. */
export interface Kept {
  retentionMs: number
  /** For what is short-lived: against clocks that differ. */
  slackMs: number
}

/** A credential, as scripts take it. */
export interface AddedCredential {
  hash: Hash
  record: string
  expiresAt: number | null
  keptMs: number
  isAnswer: boolean
}

/** Credentials that are added to a grant, by a script that decides whether they are. */
export interface Addition {
  script: Script
  grant: GrantRef
  /** The keys of the grant's slot. */
  keys: string[]
  /** The arguments of the script's own. */
  args: string[]
  credentials: AddedCredential[]
  /**
   * Of a new grant: how the text of its client must begin; '' = any, or no client. A new grant gets an
   * entry in its indexes; else the end of one is put off.
   */
  version?: string
}

/**
 * What a script says: a status, the hashes elsewhere that don't belong to the grant, and what the
 * grant was issued on, if that is not checked yet, or, of a redemption, the credential that now needs
 * no data any longer.
 */
export type Answer = [status: string, strays: string[], more?: string | null]

/** Whose a grant must be. */
export interface Owner {
  clientId?: string
  userId?: string
}

/** What differs between one node and a Cluster. */
export interface GrantCommands {
  add(addition: Addition): Promise<Answer>
  find(hash: Hash): Promise<Credential | null>
  getGrant(id: string): Promise<Grant | null>
  /** Whether this call revoked the grant. */
  revoke(grantId: string, owner: Owner): Promise<boolean>
}

/** How many credentials of a grant are revoked at once: it holds up a server for some milliseconds. */
export const revokedAtOnce = 2000

/** What `revoke` scripts take: an owner, '' = any, and how many credentials go at once. */
export function revokeArgs({ clientId, userId }: Owner): (string | number)[] {
  return [...[clientId, userId].map((id) => (id === undefined ? '' : part(id))), revokedAtOnce]
}

/** The keys of a grant that every script of it takes. */
export function grantKeys(id: string, keys: Keys): string[] {
  return [keys.grant(id), keys.members(id), keys.redeemed(id)]
}

/** The grants of a store, in the words of the scripts; `call` names each call. */
export function wordsOf(keys: Keys, { retentionMs, slackMs }: Kept, call: () => string) {
  function addition(
    script: Script,
    grant: GrantRef,
    credentials: NewCredential[],
    own: Pick<Addition, 'args' | 'version'> & { mark?: string },
  ): Addition {
    const { args, mark, version } = own
    return {
      script,
      grant,
      keys: [...grantKeys(grant.id, keys), ...(mark === undefined ? [] : [mark])],
      args,
      credentials: credentials.map((one) => ({
        hash: one.hash,
        record: recordOf(one, grant),
        expiresAt: one.expiresAt,
        keptMs: one.kind === 'answer' ? slackMs : retentionMs,
        isAnswer: one.kind === 'answer',
      })),
      version,
    }
  }

  return {
    /** A new grant. */
    issuing(grant: Grant, credentials: NewCredential[], { clientVersion }: IssueConditions) {
      const { clientId, userId, createdAt, data } = grant
      const version = clientVersion === undefined ? '' : versionLine(clientVersion)
      const user = userPart(userId)
      return addition(issueScript, grant, credentials, {
        args: [part(clientId), user, String(createdAt), data, call(), version],
        version,
      })
    },

    /** Redeems the credential of that hash. */
    redeeming(hash: Hash, grant: GrantRef, successors: NewCredential[]) {
      return addition(redeemScript, grant, successors, {
        args: [part(hash), successors[0]?.kind ?? '', keys.made.credentials],
        mark: keys.mark(grant.id, hash),
      })
    },

    /** Adds to a grant. */
    extending: (grant: GrantRef, credentials: NewCredential[]) =>
      addition(extendScript, grant, credentials, { args: [call()] }),
  }
}

/** The arguments of a script that adds: see scripts/add-to-grant.ts. */
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
    ...credentials.flatMap(({ hash, record, expiresAt, keptMs, isAnswer }) => [
      part(hash),
      where === 'here' || isAnswer ? record : '',
      expiresAt ?? '',
      keptMs,
    ]),
  ]
}

/** The indexes that a grant is in. */
export function indexesOf({ clientId, userId }: GrantRef, keys: Keys): string[] {
  const ofClient = keys.ofClient(clientId)
  return userId === null ? [ofClient] : [ofClient, keys.ofUser(userId)]
}
