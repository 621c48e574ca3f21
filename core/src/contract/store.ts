import { OptionError } from '../errors/option-error'
import { isObject } from '../values/is-object'

/**
 * The storage contract. A store keeps what the core hands it and returns it unchanged. It has no
 * clock, no OAuth rule and no raw token. `null` means "not there", a rejection means "the store is
 * broken". Every method that writes may be called again after a lost reply: the second call of the
 * same attempt returns what the first one did, where the comment of the method says how an attempt
 * is named.
 */

/** Lower-case hex SHA-256 of what the client presents. A store never sees the token itself. */
export type Hash = string

/** A registered client (RFC 6749 2). */
export interface Client {
  id: string
  /** Names this state of the record: `createClient` and `updateClient` of the core make a new one. */
  version: string
  /** How the secret is kept: `null` for a public client. Made by `createClient`. */
  secretHash: string | null
  /** Whether the client can keep a secret (RFC 6749 2.1). */
  type: 'confidential' | 'public'
  /** How it authenticates at the token endpoint (RFC 7591 2, `token_endpoint_auth_method`). */
  authMethod: 'client_secret_basic' | 'client_secret_post' | 'none'
  /** Compared as exact strings. */
  redirectUris: string[]
  /** The grant types it may use. */
  grantTypes: string[]
  /** The scopes it may ask for; `null` = any. */
  scopes: string[] | null
  /** What a consent page shows. */
  name?: string
  /** The user that a client_credentials token acts for, if any. */
  userId?: string
  /** Seconds; `null` = never expires; left out = the server's. */
  accessTokenLifetime?: number | null
  /** Seconds; `null` = never expires; left out = the server's. */
  refreshTokenLifetime?: number | null
  /**
   * The protected resources (RFC 8707) that this client stands for, as a resource server: it may
   * introspect tokens that are for one of them (RFC 7662 4). @default none
   */
  resources?: string[]
  /** Whether it may introspect every access token, whatever it is for (RFC 7662 4). @default false */
  introspectsAll?: boolean
  /** Anything of yours; must survive `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** A user of the reference user model, for applications that bring none of their own. */
export interface User {
  id: string
  /** Names this state of the record, as that of a client does. */
  version: string
  /** What the user signs in with; unique. */
  username: string
  /** Made by `hashPassword`. */
  passwordHash: string
  /** Anything of yours; must survive `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** Names the grant that a credential belongs to. */
export interface GrantRef {
  id: string
  clientId: string
  /** `null`: the client acts for itself. */
  userId: string | null
}

/** One authorization of one client. All codes and tokens that come from it belong to it. */
export interface Grant extends GrantRef {
  /** Milliseconds since the epoch. */
  createdAt: number
  /** JSON text of the core. */
  data: string
}

/** What a grant is issued on: `issue` refuses it if one of these no longer holds. */
export interface IssueConditions {
  /**
   * The client is in the store, in this version. Left out for a client that is not kept in the
   * store.
   */
  clientVersion?: string
}

/** A code or token, as the core hands it to a store. */
export interface NewCredential {
  hash: Hash
  /**
   * `used` marks a credential as consumed without tokens. `answer` is the sealed answer to a refresh:
   * it is short-lived, see `purge`, and never the first successor.
   */
  kind: 'code' | 'access' | 'refresh' | 'used' | 'answer'
  /** Milliseconds since the epoch, by the core's clock. */
  createdAt: number
  /** Milliseconds since the epoch; `null` = never. */
  expiresAt: number | null
  /** JSON text of the core: scope, redirect URI, PKCE challenge, sealed answer ... */
  data: string
}

/** What `find` returns: a look-up by primary key, no join. */
export interface Credential extends NewCredential {
  grant: GrantRef
}

/** What became of an attempt to redeem a credential. */
export type Redemption =
  /** This attempt won, now or, where its reply was lost, before. */
  | { status: 'redeemed' }
  /** Another attempt has won before. */
  | { status: 'replayed' }
  /** The grant is revoked. */
  | { status: 'revoked' }
  /** The grant has no such credential. */
  | { status: 'unknown' }

/** Short-lived data under a key, such as a pushed authorization request or a proof that was seen. */
export interface StoredRecord {
  /** At most 255 characters of well-formed text without NUL. What is secret goes in as its hash. */
  key: string
  /** JSON text of the core. */
  data: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** The grants that `revoke` and `listGrants` speak of. */
export type Selector =
  | { grantId: string }
  | { userId: string; clientId?: string }
  | { clientId: string }

/** A page of a list: `limit` entries after the id `after`, in the order of their ids. */
export interface Page {
  after?: string
  limit: number
}

/** A page of grants. */
export interface GrantPage {
  /** At most `limit` grants; there may be fewer, or none, although more pages follow. */
  grants: Grant[]
  /** Where the next page begins; `null` = this is the last one. */
  next: string | null
}

/** Before when something must have expired for `purge` to remove it: milliseconds since the epoch. */
export interface PurgeBefore {
  /**
   * Codes and tokens. It lies some time in the past, so that a late replay is noticed: a redeemed
   * credential leaves by its own expiry, however often its successors were rotated.
   */
  credentials: number
  /** Records, the kind `answer`, and the marks of deleted users: nobody needs them any longer. */
  shortLived: number
}

/** Something that `check` found wrong with a store's schema or settings. */
export interface Finding {
  /** What is wrong. */
  problem: string
  /** How to fix it. */
  fix: string
}

/**
 * Facts about a store, for the conformance suite and for readers; never a switch that removes a
 * guarantee.
 */
export interface Manifest {
  /** The version of this contract. */
  contract: 1
  /**
   * Database round trips of a call that succeeds; `revoke` is that of one grant. `isRedeemed` and
   * `getRecord` have that of `find`.
   */
  roundTrips: {
    find: number
    issue: number
    redeem: number
    extend: number
    revoke: number
    addRecord: number
    takeRecord: number
  }
  /** Whether the database removes what has expired, or `purge` does. */
  cleanup: 'native' | 'purge'
  /** Whether it has the reference user model. */
  users: boolean
  /** Whether an acknowledged write outlives a restart. */
  durable: boolean
  /** Whether several tenants can share it. */
  tenants: boolean
  /** Whether several processes can share it. */
  multiProcess: boolean
}

/**
 * Storage for an OAuth 2 provider. Every method may be called from many requests, and processes, at
 * once.
 */
export interface Store {
  readonly supports: Manifest

  /** The client of that id, or `null`. */
  getClient(id: string): Promise<Client | null>
  /**
   * Creates the client. Returns false, and changes nothing, if the id exists: true only where that
   * client has this very `version`, which is the same attempt again.
   */
  createClient(client: Client): Promise<boolean>
  /**
   * Replaces the client of that id if its version is still `version`, in one atomic operation.
   * Returns false, and changes nothing, if it has another version or is gone: true only where it
   * has the version of the new record, which is the same attempt again.
   */
  updateClient(client: Client, version: string): Promise<boolean>
  /**
   * Removes the client and revokes its grants. Once resolved, nothing of it is ever found or
   * redeemed, and nothing that was under way is issued. An unknown id is fine. Works on a full
   * database: what takes no memory comes first.
   */
  deleteClient(id: string): Promise<void>
  listClients(page: Page): Promise<Client[]>

  /**
   * Keeps a new grant with its credentials: all or nothing, and only while the conditions hold and
   * the user is not marked as deleted (see `deleteUser`); otherwise `refused`. A deletion that
   * comes between is either seen here, or it removes the grant. Until this resolves, nobody has the
   * tokens, and they may be found although it will be `refused`. A hash or grant id that exists is
   * an error.
   */
  issue(
    grant: Grant,
    credentials: NewCredential[],
    conditions: IssueConditions,
  ): Promise<'issued' | 'refused'>
  /**
   * The credential of that hash: `null` once revoked or unknown. Redeemed and expired ones are still
   * found. Once a successor of it is redeemed in turn, its `data` may be empty.
   */
  find(hash: Hash): Promise<Credential | null>
  /**
   * Turns a code or refresh token of that hash and grant into its successors, in one atomic
   * operation: of any number of attempts exactly one wins. `successors[0].hash` names the attempt, so
   * a retry of the winner is `redeemed` again.
   */
  redeem(old: Credential, successors: NewCredential[]): Promise<Redemption>
  /**
   * Whether a credential that `find` returned has been redeemed, whatever became of its successors
   * since: a look-up that changes nothing. For one that is gone since then, either may be returned.
   */
  isRedeemed(credential: Pick<Credential, 'hash' | 'grant'>): Promise<boolean>
  /** Adds credentials to a grant, unless it is revoked. */
  extend(grant: GrantRef, credentials: NewCredential[]): Promise<'extended' | 'revoked'>
  /**
   * Revokes grants and returns their number. Once resolved, nothing of them is ever found or redeemed
   * again. Many grants go in batches, each of which is final. Works on a full database.
   */
  revoke(selector: Selector): Promise<number>
  /** Revokes one access token; other kinds stay. An unknown hash is fine. */
  revokeAccessToken(hash: Hash): Promise<void>
  /**
   * A page of grants, in the store's own order, at a cost that depends on `limit` alone. `after` is
   * the `next` of the page before. A grant that exists from the first page to the last is listed
   * at least once.
   */
  listGrants(selector: Selector, page: Page): Promise<GrantPage>

  /**
   * Keeps a record under a new key. True for the one caller who created it; false if the key exists,
   * also past its expiry, until it is removed.
   */
  addRecord(record: StoredRecord): Promise<boolean>
  /** The record of that key, or `null`. */
  getRecord(key: string): Promise<StoredRecord | null>
  /**
   * Removes the record of that key and returns it, in one atomic operation: of any number of callers
   * exactly one gets it, and all others `null`.
   */
  takeRecord(key: string): Promise<StoredRecord | null>

  /**
   * Removes up to `limit` entries that expired before those times; `more` says whether there are
   * others that can go now. A grant goes with its last credential.
   */
  purge(before: PurgeBefore, limit: number): Promise<{ deleted: number; more: boolean }>
  /** What is wrong with schema, indexes or settings; empty = nothing. */
  check(): Promise<Finding[]>

  /** The user of that id, or `null`. */
  getUser?(id: string): Promise<User | null>
  /** The user who signs in with that name, or `null`. */
  getUserByUsername?(username: string): Promise<User | null>
  /**
   * Creates the user. Returns false, and changes nothing, if the id or username exists, or the id is
   * marked as deleted; true for the same attempt again, as `createClient` does.
   */
  createUser?(user: User): Promise<boolean>
  /**
   * Replaces the user of that id if its version is still `version`, as `updateClient` does. Also
   * false if another user has the username.
   */
  updateUser?(user: User, version: string): Promise<boolean>
  /**
   * Removes the user and revokes the user's grants. The id of a user who was there stays marked as
   * deleted until `markUntil` (milliseconds since the epoch) has passed for `purge`: `issue` refuses
   * its grants. An unknown id is fine, and is not marked. Works on a full database.
   */
  deleteUser?(id: string, markUntil: number): Promise<void>
  listUsers?(page: Page): Promise<User[]>
}

const methods = [
  'getClient',
  'createClient',
  'updateClient',
  'deleteClient',
  'listClients',
  'issue',
  'find',
  'redeem',
  'isRedeemed',
  'extend',
  'revoke',
  'revokeAccessToken',
  'listGrants',
  'addRecord',
  'getRecord',
  'takeRecord',
  'purge',
  'check',
] as const satisfies readonly (keyof Store)[]

/** Whether something claims to be a store: it has a manifest, which a 2.4 model has not. */
export function isStore(value: object): value is Store {
  const { supports } = value as Partial<Store>
  return typeof supports === 'object' && supports !== null
}

/** Throws a TypeError that says what a store lacks; `name` is what the message calls it. */
export function assertStore(value: unknown, name = '"model"'): asserts value is Store {
  if (!isObject(value) || !isStore(value))
    throw new OptionError('store', `${name} is not a store: it has no "supports"`)
  const contract: number = value.supports.contract
  if (contract !== 1) {
    throw new OptionError(
      'store',
      `${name} is a store of contract ${contract}, not 1: update it, or the core`,
    )
  }
  const missing = methods.filter((method) => typeof value[method] !== 'function')
  if (missing.length > 0)
    throw new OptionError('store', `${name} is a store without ${missing.join(', ')}`)
}
