/**
 * The storage contract. A store keeps what the core tells it and gives it back; it knows no clock,
 * no OAuth rule and no raw token. `null` is "not there", a rejection is "the store is broken".
 */

/** Lower-case hex SHA-256 of what the client presents. A store never sees the token itself. */
export type Hash = string

/** A registered client (RFC 6749 2). */
export interface Client {
  id: string
  /** How the secret is kept: `null` for a public client. Made by `createClient`. */
  secretHash: string | null
  /** Whether the client can keep a secret (RFC 6749 2.1). */
  type: 'confidential' | 'public'
  /** How it authenticates at the token endpoint (RFC 7591 2, `token_endpoint_auth_method`). */
  authMethod: 'client_secret_basic' | 'client_secret_post' | 'none'
  /** Compared as exact strings. */
  redirectUris: string[]
  /** The grant types it may use. */
  grants: string[]
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
  /** Anything of yours; must survive `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** A user of the reference user model, for applications that bring none of their own. */
export interface User {
  id: string
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

/** One authorization of one client: the family of all codes and tokens that come from it. */
export interface Grant extends GrantRef {
  /** Milliseconds since the epoch. */
  createdAt: number
  /** JSON text of the core. */
  data: string
}

/** A code, an access token or a refresh token, as the core hands it to a store. */
export interface NewCredential {
  hash: Hash
  /** `used` marks a credential as consumed without successors. */
  kind: 'code' | 'access' | 'refresh' | 'used'
  /** Milliseconds since the epoch, by the core's clock. */
  createdAt: number
  /** Milliseconds since the epoch; `null` = never. */
  expiresAt: number | null
  /** JSON text of the core: scope, redirect URI, PKCE challenge, sealed answer ... */
  data: string
}

/** What `find` gives: a look-up by primary key, no join. */
export interface Credential extends NewCredential {
  grant: GrantRef
}

/** What became of an attempt to redeem a credential. */
export type Redemption =
  /** This attempt won, now or, where its reply was lost, before. */
  | { status: 'redeemed' }
  /** Another attempt had won: `by` is its first successor. */
  | { status: 'replayed'; by: Credential }
  /** The grant is revoked. */
  | { status: 'revoked' }
  /** The store doesn't know the credential. */
  | { status: 'unknown' }

/** The grants that `revoke` and `listGrants` speak of. */
export type Selector =
  | { grantId: string }
  | { userId: string; clientId?: string }
  | { clientId: string }

/** A page of a list: `limit` entries behind the id `after`, in the order of their ids. */
export interface Page {
  after?: string
  limit: number
}

/** Something that `check` found wrong with a store's schema or settings. */
export interface Finding {
  /** What is wrong. */
  problem: string
  /** What to do about it. */
  mend: string
}

/**
 * Facts about a store, for the conformance suite and for readers; never a switch that removes a
 * guarantee.
 */
export interface Manifest {
  /** The version of this contract. */
  contract: 1
  /** Database round trips, for each call that has a number of its own; `isRedeemed` has that of `find`. */
  roundTrips: { find: number; issue: number; redeem: number; extend: number; revoke: number }
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
  /** Creates the client, or replaces the one of that id. */
  saveClient(client: Client): Promise<void>
  /** Removes the client and revokes its grants. An unknown id is fine. */
  deleteClient(id: string): Promise<void>
  listClients(page: Page): Promise<Client[]>

  /**
   * Keeps a new grant with its credentials: all or nothing. A hash or grant id that exists is an
   * error.
   */
  issue(grant: Grant, credentials: NewCredential[]): Promise<void>
  /**
   * The credential of that hash: `null` once revoked or unknown. Used and expired ones are still
   * found.
   */
  find(hash: Hash): Promise<Credential | null>
  /**
   * Turns a code or refresh token into its successors, in one atomic operation: of any number of
   * attempts exactly one wins. `successors[0].hash` names the attempt, so a retry of the winner is
   * `redeemed` again.
   */
  redeem(old: Credential, successors: NewCredential[]): Promise<Redemption>
  /**
   * Whether a credential that `find` gave has been redeemed, whatever became of its successors since:
   * a look-up that changes nothing. Of one that is gone meanwhile, either may be said.
   */
  isRedeemed(credential: Credential): Promise<boolean>
  /** Adds credentials to a grant, unless it is revoked. */
  extend(grant: GrantRef, credentials: NewCredential[]): Promise<'extended' | 'revoked'>
  /**
   * Revokes grants and gives their number. Once resolved, nothing of them is ever found or redeemed
   * again.
   */
  revoke(selector: Selector): Promise<number>
  /** Revokes one access token. An unknown hash is fine. */
  revokeCredential(hash: Hash): Promise<void>
  listGrants(selector: Selector, page: Page): Promise<Grant[]>

  /** `true` the first time a key is seen, until `expiresAt` (milliseconds since the epoch). */
  remember(key: Hash, expiresAt: number): Promise<boolean>
  /**
   * Removes up to `limit` entries whose `expiresAt` is below `before` (milliseconds since the
   * epoch).
   */
  purge(before: number, limit: number): Promise<{ deleted: number; more: boolean }>
  /** What is wrong with schema, indexes or settings; empty = nothing. */
  check(): Promise<Finding[]>

  /** The user who signs in with that name, or `null`. */
  getUser?(username: string): Promise<User | null>
  /**
   * Creates the user, or replaces the one of that id. A username that another user has is an error.
   */
  saveUser?(user: User): Promise<void>
  /** Removes the user and revokes the user's grants. An unknown id is fine. */
  deleteUser?(id: string): Promise<void>
}

const methods = [
  'getClient',
  'saveClient',
  'deleteClient',
  'listClients',
  'issue',
  'find',
  'redeem',
  'isRedeemed',
  'extend',
  'revoke',
  'revokeCredential',
  'listGrants',
  'remember',
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
  if (typeof value !== 'object' || value === null || !isStore(value))
    throw new TypeError(`${name} is no store: it has no "supports"`)
  const contract: number = value.supports.contract
  if (contract !== 1) {
    throw new TypeError(`${name} is a store of contract ${contract}, not 1: update it, or the core`)
  }
  const missing = methods.filter((method) => typeof value[method] !== 'function')
  if (missing.length > 0) throw new TypeError(`${name} is a store without ${missing.join(', ')}`)
}
