import type {
  Credential,
  Grant,
  GrantRef,
  Hash,
  IssueConditions,
  NewCredential,
} from '@oauth2-kit/core'
import { toText, userPart, versionLine } from './rows'
import { type Keys, part } from './schema'
import { extendScript } from './scripts/extend'
import { issueScript } from './scripts/issue'
import { redeemScript } from './scripts/redeem'
import type { Script } from './scripts/script'

/** How long entries are kept after their expiry, in milliseconds. */
export interface Kept {
  retentionMs: number
  /** For short-lived entries, because clocks differ. */
  slackMs: number
}

/** A credential, as scripts expect it. */
export interface AddedCredential {
  hash: Hash
  record: string
  expiresAt: number | null
  keptMs: number
  isAnswer: boolean
}

/** Credentials to add to a grant, with the script that decides whether they are added. */
export interface Addition {
  script: Script
  grant: GrantRef
  /** The keys at the grant's slot that the script takes. */
  keys: string[]
  /** The arguments that are specific to the script. */
  args: string[]
  credentials: AddedCredential[]
  /**
   * Set only for a new grant, which is added to its indexes. For an existing grant, the end of its
   * index entries is extended instead. The stored text of the client must begin with this version,
   * unless it is ''.
   */
  version?: string
}

/**
 * The result of a script: a status, and the hashes in other slots that do not belong to the grant.
 * With the status 'unsure', `more` is the client version that is still to be checked. After a
 * redemption, it is the hash of the credential whose data is no longer needed.
 */
export type Answer = [status: string, strays: string[], more?: string | null]

/** The owner that a grant must have. */
export interface Owner {
  clientId?: string
  userId?: string
}

/** The operations that differ between a single node and a Cluster. */
export interface GrantCommands {
  add(addition: Addition): Promise<Answer>
  find(hash: Hash): Promise<Credential | null>
  getGrant(id: string): Promise<Grant | null>
  /** Resolves with whether this call revoked the grant. */
  revoke(grantId: string, owner: Owner): Promise<boolean>
}

/**
 * How many credentials of a grant are revoked at once. This blocks the server for some
 * milliseconds.
 */
export const revokedAtOnce = 2000

/**
 * Returns the arguments of the scripts that revoke: the client and the user that the grant must
 * have ('' means any), and how many credentials to revoke at once.
 */
export function revokeArgs({ clientId, userId }: Owner): (string | number)[] {
  return [...[clientId, userId].map((id) => (id === undefined ? '' : part(id))), revokedAtOnce]
}

/** Returns the keys of a grant that all its scripts take. */
export function grantKeys(id: string, keys: Keys): string[] {
  return [keys.grant(id), keys.members(id), keys.redeemed(id)]
}

/**
 * Returns functions that describe additions to grants as scripts expect them. `call` returns a
 * unique name for each call.
 */
export function wordsOf(keys: Keys, { retentionMs, slackMs }: Kept, call: () => string) {
  function addition(
    script: Script,
    grant: GrantRef,
    credentials: NewCredential[],
    own: Pick<Addition, 'args' | 'version'>,
  ): Addition {
    const { args, version } = own
    return {
      script,
      grant,
      keys: grantKeys(grant.id, keys),
      args,
      credentials: credentials.map((one) => ({
        hash: one.hash,
        record: toText(one, grant),
        expiresAt: one.expiresAt,
        keptMs: one.kind === 'answer' ? slackMs : retentionMs,
        isAnswer: one.kind === 'answer',
      })),
      version,
    }
  }

  return {
    /** Describes a new grant. */
    issuing(grant: Grant, credentials: NewCredential[], { clientVersion }: IssueConditions) {
      const { clientId, userId, createdAt, data } = grant
      const version = clientVersion === undefined ? '' : versionLine(clientVersion)
      const user = userPart(userId)
      return addition(issueScript, grant, credentials, {
        args: [part(clientId), user, String(createdAt), data, call(), version],
        version,
      })
    },

    /** Describes the redemption of the credential with that hash. */
    redeeming(hash: Hash, grant: GrantRef, successors: NewCredential[]) {
      return addition(redeemScript, grant, successors, {
        args: [part(hash), successors[0]!.kind, keys.made.credentials],
      })
    },

    /** Describes an addition to a grant. */
    extending: (grant: GrantRef, credentials: NewCredential[]) =>
      addition(extendScript, grant, credentials, { args: [call()] }),
  }
}

/** Returns the arguments of a script that adds credentials: see scripts/add-to-grant.ts. */
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

/** Returns the keys of the indexes that a grant is in. */
export function indexesOf({ clientId, userId }: GrantRef, keys: Keys): string[] {
  const ofClient = keys.ofClient(clientId)
  return userId === null ? [ofClient] : [ofClient, keys.ofUser(userId)]
}
