import type { JsonWebKey } from 'node:crypto'
import { OptionError } from '../errors/option-error'
import { isObject } from '../values/is-object'
import { whyNoStore } from './no-store'

/**
 * The storage contract. A store keeps the data that the core passes to it and returns it unchanged.
 * It needs no clock, implements no OAuth rules and never sees a raw token. `null` means "not
 * found". A rejection means "the store failed". The core may repeat any write whose reply was lost.
 * If the comment of a method says what identifies an attempt, a repeated attempt must return the
 * result of the first one.
 *
 * Text comes back character for character, and numbers exactly. `metadata`, `jwks` and `registration`
 * come back deeply equal, with any key, but the order of their keys may differ, as in a JSONB column. `data` is text: its
 * characters must not change.
 */

/** Lowercase hex SHA-256 of the token that the client presents. A store never sees the token. */
export type Hash = string

/** A client authentication method, by its name in RFC 7591 2. */
export type AuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none'

/** A set of public keys (RFC 7517 5). */
export interface JsonWebKeySet {
  keys: JsonWebKey[]
}

/** The format of access tokens: random text, or a JWT that others can verify (RFC 9068). */
export type AccessTokenFormat = 'opaque' | 'jwt'

/**
 * What a client that registered itself says of itself (RFC 7591 2). Nobody has verified it, nor its
 * `name`: show both as its own words.
 */
export interface ClientRegistration {
  /**
   * `dynamic` is a registration at the endpoint of this server (RFC 7591). `document` is a Client ID
   * Metadata Document at the URL that is the client's id. No store keeps such a client.
   */
  method: 'dynamic' | 'document'
  /** When it registered, or when its document was fetched, in milliseconds since the epoch. */
  issuedAt: number
  /**
   * When a user last allowed it something, within a day, in milliseconds since the epoch. Undefined
   * means never.
   */
  usedAt?: number
  /** The hash of its registration access token (RFC 7592 3). */
  accessTokenHash?: Hash
  /** Its home page. */
  clientUri?: string
  logoUri?: string
  tosUri?: string
  policyUri?: string
  /** Ways to contact its people, such as email addresses. */
  contacts?: string[]
  softwareId?: string
  softwareVersion?: string
  /** The software statement that the server has accepted (RFC 7591 2.3). */
  softwareStatement?: string
  /** Set while the purge removes the client. It then counts as unknown. */
  retired?: true
}

/** A registered client (RFC 6749 2). */
export interface Client {
  id: string
  /**
   * Identifies this state of the record. The core sets a new version on every create and update.
   */
  version: string
  /**
   * The hash of the secret, set by the core's `createClient`. `null` for a public client, and for one
   * with keys.
   */
  secretHash: string | null
  /** The hash of the previous secret, while `rotateClientSecret` keeps it valid. */
  previousSecretHash?: string
  /** When the previous secret ends, in milliseconds since the epoch. */
  previousSecretExpiresAt?: number
  /** Whether the client can keep a secret (RFC 6749 2.1). */
  type: 'confidential' | 'public'
  /**
   * How it authenticates at the token endpoint (RFC 7591 2, `token_endpoint_auth_method`). Undefined
   * means that a confidential client may use the Basic header or the body.
   */
  authMethod?: AuthMethod
  /** The public keys of a client with `private_key_jwt` (RFC 7591 2). Or it has a `jwksUri`. */
  jwks?: JsonWebKeySet
  /** The https URL where a client with `private_key_jwt` publishes its keys (RFC 7591 2). */
  jwksUri?: string
  /** Redirect URIs, compared as exact strings. */
  redirectUris: string[]
  /** The grant types that the client may use. */
  grantTypes: string[]
  /** The scopes that the client may request. `null` means any. */
  scopes: string[] | null
  /** The name to show on a consent page. */
  name?: string
  /** The user that a client_credentials token acts for, if any. */
  userId?: string
  /** Seconds. `null` means never expires. Undefined means the server's default. */
  accessTokenLifetime?: number | null
  /** Seconds. `null` means never expires. Undefined means the server's default. */
  refreshTokenLifetime?: number | null
  /**
   * The protected resources (RFC 8707) that this client serves as a resource server. It may
   * introspect tokens issued for one of them (RFC 7662 4). @default none
   */
  resources?: string[]
  /** Whether it may introspect every access token, for any resource (RFC 7662 4). @default false */
  introspectsAll?: boolean
  /**
   * The resources that it may request tokens for (RFC 8707), a part of the server's. Undefined means
   * all of them.
   */
  allowedResources?: string[]
  /**
   * Whether a confidential client needs PKCE (RFC 7636). A public client always does. Undefined
   * means the server's default.
   */
  requirePkce?: boolean
  /**
   * Whether a refresh replaces the refresh token (RFC 6749 6). `false` is for confidential clients
   * that keep their first refresh token (RFC 9700 4.14.2). @default true
   */
  refreshTokenRotation?: boolean
  /**
   * The format of its access tokens. Undefined means that of the resource or the server.
   */
  accessTokenFormat?: AccessTokenFormat
  /**
   * Whether the client always uses DPoP (RFC 9449 5.2), so that a token request without a proof is
   * refused. @default false
   */
  dpopBoundAccessTokens?: boolean
  /**
   * Whether the client always pushes its authorization requests (RFC 9126 6), so that others are
   * refused. @default false
   */
  requirePushedAuthorizationRequests?: boolean
  /** What it says of itself, if it registered itself. Undefined if you have registered it. */
  registration?: ClientRegistration
  /** Your own data. Must be serializable with `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** A client without the hashes of its secrets and tokens, and without its version. */
export interface ClientInfo extends Omit<
  Client,
  'version' | 'secretHash' | 'previousSecretHash' | 'registration'
> {
  registration?: Omit<ClientRegistration, 'accessTokenHash'>
}

/** One of the store's own users, for applications without a user database. */
export interface User {
  id: string
  /** Identifies this state of the record, as for a client. */
  version: string
  /** The unique name that the user signs in with. */
  username: string
  /** The result of `hashPassword`. */
  passwordHash: string
  /** Your own data. Must be serializable with `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** Identifies the grant that a credential belongs to. */
export interface GrantRef {
  id: string
  clientId: string
  /** `null` if the client acts for itself. */
  userId: string | null
}

/** One authorization of one client. All codes and tokens issued from it belong to it. */
export interface Grant extends GrantRef {
  /** Milliseconds since the epoch. */
  createdAt: number
  /** JSON text written by the core. */
  data: string
}

/** The conditions for issuing a grant. `issue` refuses the grant if one of them no longer holds. */
export interface IssueConditions {
  /**
   * The client must exist in the store with this version. Undefined for a client that is not kept
   * in the store.
   */
  clientVersion?: string
}

/** A code or token, as the core passes it to a store. */
export interface NewCredential {
  hash: Hash
  /**
   * `used` marks a credential as redeemed without new tokens. `answer` is a sealed token response
   * that can be sent again. An answer is short-lived (see `purge`) and never the first successor.
   */
  kind: 'code' | 'access' | 'refresh' | 'used' | 'answer'
  /** Milliseconds since the epoch, by the core's clock. */
  createdAt: number
  /** Milliseconds since the epoch. `null` means never. */
  expiresAt: number | null
  /**
   * JSON text written by the core: scope, redirect URI, PKCE challenge, sealed answer and so on.
   */
  data: string
}

/** The result of `find`. A store can look it up by primary key, without a join. */
export interface Credential extends NewCredential {
  grant: GrantRef
}

/** The outcome of an attempt to redeem a credential. */
export type Redemption =
  /** This attempt won, either now or in an earlier call whose reply was lost. */
  | { status: 'redeemed' }
  /** Another attempt won earlier. */
  | { status: 'replayed' }
  /** The grant is revoked. */
  | { status: 'revoked' }
  /** The grant has no such credential. */
  | { status: 'unknown' }

/** Short-lived data under a key, such as a pushed authorization request or the id of a proof. */
export interface StoredRecord {
  /** Well-formed text of 1 to 255 characters without NUL. Secrets are passed as hashes. */
  key: string
  /** JSON text written by the core. */
  data: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** Selects the grants for `revoke` and `listGrants`. */
export type Selector =
  | { grantId: string }
  | { userId: string; clientId?: string }
  | { clientId: string }

/** A page of a list: `limit` entries after the id `after`, ordered by id. */
export interface Page {
  after?: string
  limit: number
}

/** A page of grants. */
export interface GrantPage {
  /** At most `limit` grants. A page can have fewer, or none, even if more pages follow. */
  grants: Grant[]
  /** The position of the next page. `null` means that this is the last page. */
  next: string | null
}

/** `purge` removes entries that expired before these times, in milliseconds since the epoch. */
export interface PurgeBefore {
  /**
   * For codes and tokens. This time lies in the past, so that a late replay is still detected. Only
   * its own expiry decides when a redeemed credential is removed, not that of its successors.
   */
  credentials: number
  /** For records, credentials of kind `answer` and deletion marks of users. */
  shortLived: number
}

/** A problem that `check` found in a store's schema or settings. */
export interface Finding {
  /** What is wrong. */
  problem: string
  /** How to fix it. */
  fix: string
}

/**
 * Facts about a store, for the conformance suite and for readers. No field here weakens a guarantee
 * of the contract.
 */
export interface Manifest {
  /** The version of this contract. */
  contract: 1
  /**
   * Database round trips of a successful call. `revoke` is for a single grant. `isRedeemed` and
   * `getRecord` take as many as `find`.
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
  /** Whether the database itself (`native`) or `purge` removes expired entries. */
  cleanup: 'native' | 'purge'
  /** Whether it keeps users of its own, for applications without a user database. */
  users: boolean
  /** Whether an acknowledged write survives a restart. */
  durable: boolean
  /** Whether several tenants can share it. */
  tenants: boolean
  /** Whether several processes can share it. */
  multiProcess: boolean
}

/**
 * Storage for an OAuth 2 provider. Many requests and processes may call every method concurrently.
 * Every method returns a native promise.
 */
export interface Store {
  /**
   * Deeply frozen: the object and `roundTrips` in it, with `Object.freeze`. Deeply equal in every
   * instance.
   */
  readonly supports: Manifest

  /** Resolves with the client with this id, or `null` if none exists. */
  getClient(id: string): Promise<Client | null>
  /**
   * Creates the client and resolves with true. If the id exists, changes nothing and resolves with
   * false. Exception: an existing client with the same `version` is a repeat of this attempt, which
   * resolves with true.
   */
  createClient(client: Client): Promise<boolean>
  /**
   * Replaces the client with this id if its version is still `version`, in one atomic operation,
   * and resolves with true. If it has another version or does not exist, changes nothing and
   * resolves with false. Exception: a client that already has the new record's version is a repeat
   * of this attempt, which resolves with true.
   */
  updateClient(client: Client, version: string): Promise<boolean>
  /**
   * Removes the client and revokes its grants. After this resolves, its credentials are never found
   * or redeemed, and a pending `issue` for it cannot succeed. An unknown id is not an error. Must
   * work on a database that takes no more data: start with the steps that need no additional
   * memory.
   */
  deleteClient(id: string): Promise<void>
  /** Resolves with one page of clients. */
  listClients(page: Page): Promise<Client[]>

  /**
   * Saves a new grant with its credentials, all or nothing. Refuses if a condition does not hold or
   * if the user is marked as deleted (see `deleteUser`). A concurrent deletion must either make
   * this call refuse the grant or remove the grant. While this call runs, `find` may already return
   * the credentials, even if the result will be `refused`: the core sends no token to the client
   * before. Rejects if a hash or the grant id exists.
   */
  issue(
    grant: Grant,
    credentials: NewCredential[],
    conditions: IssueConditions,
  ): Promise<'issued' | 'refused'>
  /**
   * Resolves with the credential with this hash, or `null` if it is unknown or revoked. Redeemed
   * and expired credentials are still found. The `data` of a credential may be empty after one of
   * its successors has been redeemed.
   */
  find(hash: Hash): Promise<Credential | null>
  /**
   * Redeems the code or refresh token with this hash and grant, and adds its successors, in one
   * atomic operation. Exactly one of any number of attempts wins. `successors[0].hash` identifies
   * the attempt, so a retry of the winning attempt is `redeemed` again. Of `old`, only `hash` and
   * `grant.id` are compared: both must match the stored credential, and one of another grant is
   * `unknown`. The kind and the expiry of `old` do not matter. A redeemed credential stays redeemed
   * until it is removed, even if all of its successors have expired or have been revoked or removed.
   * So what a store keeps about the winning attempt must outlive the successors.
   */
  redeem(old: Credential, successors: NewCredential[]): Promise<Redemption>
  /**
   * Resolves with whether a credential that `find` returned has been redeemed, regardless of the
   * state of its successors. Changes nothing. If the credential has been removed since `find`,
   * either result is allowed.
   */
  isRedeemed(credential: Pick<Credential, 'hash' | 'grant'>): Promise<boolean>
  /** Adds credentials to a grant. Adds none if the grant is revoked or unknown. */
  extend(grant: GrantRef, credentials: NewCredential[]): Promise<'extended' | 'revoked'>
  /**
   * Revokes the selected grants and resolves with their number. After this resolves, their
   * credentials are never found or redeemed again. A store may revoke many grants in batches, each
   * of which is final. Must work on a database that takes no more data.
   */
  revoke(selector: Selector): Promise<number>
  /**
   * Revokes the credential with this hash if its kind is `access`. A code, refresh token, mark
   * (`used`) or sealed answer stays as it is, and so do all other credentials of the grant. A code or
   * refresh token that was redeemed for it stays redeemed. If no other credential is left, the grant may end now or
   * at the next `purge`. An unknown hash is not an error.
   */
  revokeAccessToken(hash: Hash): Promise<void>
  /**
   * Resolves with a page of grants in the store's own order, at a cost that depends only on
   * `limit`. `after` is the `next` of the previous page. A grant that exists from the first page to
   * the last is listed at least once.
   */
  listGrants(selector: Selector, page: Page): Promise<GrantPage>

  /**
   * Saves a record under a new key. Resolves with true for the one caller that created it, and with
   * false if the key exists. An expired record still counts until it is removed.
   */
  addRecord(record: StoredRecord): Promise<boolean>
  /** Resolves with the record with this key, or `null` if none exists. */
  getRecord(key: string): Promise<StoredRecord | null>
  /**
   * Removes the record with this key and resolves with it, in one atomic operation. Exactly one of
   * any number of callers receives the record. All others receive `null`.
   */
  takeRecord(key: string): Promise<StoredRecord | null>

  /**
   * Removes up to `limit` entries that expired before the given times, of all kinds together.
   * `deleted` is the number of removed entries, and may include removed grants. If `more` is false,
   * another call with the same times would remove nothing. It may also be true when nothing is left,
   * but not in every call.
   *
   * A grant ends with its last credential, not counting sealed answers: `listGrants` and `revoke` no
   * longer find it, and `extend` returns `revoked`. `redeem` and `extend` that run at the same time
   * keep it alive.
   */
  purge(before: PurgeBefore, limit: number): Promise<{ deleted: number; more: boolean }>
  /** Resolves with the problems found in schema, indexes and settings. Empty if there are none. */
  check(): Promise<Finding[]>

  /** Resolves with the user with this id, or `null` if none exists. */
  getUser?(id: string): Promise<User | null>
  /** Resolves with the user with this username, or `null` if none exists. */
  getUserByUsername?(username: string): Promise<User | null>
  /**
   * Creates the user and resolves with true. If the id or username exists, or the id is marked as
   * deleted, changes nothing and resolves with false. A repeat of the same attempt resolves with
   * true, as in `createClient`.
   */
  createUser?(user: User): Promise<boolean>
  /**
   * Replaces the user with this id if its version is still `version`, as `updateClient` does. Also
   * resolves with false if another user has the username.
   */
  updateUser?(user: User, version: string): Promise<boolean>
  /**
   * Removes the user and revokes the user's grants. Marks the id of an existing user as deleted, so
   * that `issue` refuses its grants. The mark expires at `markUntil` (milliseconds since the
   * epoch), and `purge` removes it. An unknown id is not an error and is not marked. Must work on a
   * database that takes no more data.
   */
  deleteUser?(id: string, markUntil: number): Promise<void>
  /** Resolves with one page of users. */
  listUsers?(page: Page): Promise<User[]>
}

/** The names of the methods of a store that keeps users. */
export const userMethods = [
  'getUser',
  'getUserByUsername',
  'createUser',
  'updateUser',
  'deleteUser',
  'listUsers',
] as const satisfies readonly (keyof Store)[]

/** The methods of a store that keeps users. */
export type UserMethods = Required<Pick<Store, (typeof userMethods)[number]>>

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

/** Returns whether an object has a store's manifest, which a 2.4 model does not have. */
export function isStore(value: object): value is Store {
  const { supports } = value as Partial<Store>
  return typeof supports === 'object' && supports !== null
}

/** Throws an OptionError that says what is missing. The message refers to the value as `name`. */
export function assertStore(value: unknown, name = '"model"'): asserts value is Store {
  if (!isObject(value) || !isStore(value))
    throw new OptionError('store', `${name} ${whyNoStore(value)}`)
  const contract: number = value.supports.contract
  if (contract !== 1) {
    throw new OptionError(
      'store',
      `${name} implements store contract ${contract}, not 1: update the store or the core`,
    )
  }
  const missing = methods.filter((method) => typeof value[method] !== 'function')
  if (missing.length > 0)
    throw new OptionError('store', `${name} lacks these store methods: ${missing.join(', ')}`)
}
