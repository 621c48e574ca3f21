import type {
  Client,
  Credential,
  Grant,
  GrantPage,
  GrantRef,
  Store,
  StoredRecord,
  User,
} from '@oauth2-kit/core'

/** The members of the contract, and how to trim those that are objects themselves. */
type Shape = Readonly<Record<string, true | ((part: unknown) => unknown)>>
type Members<T> = Readonly<Record<keyof T, Shape[string]>>

const grantRef: Members<GrantRef> = { id: true, clientId: true, userId: true }
const grant: Members<Grant> = { ...grantRef, createdAt: true, data: true }
const credential: Members<Credential> = {
  hash: true,
  kind: true,
  createdAt: true,
  expiresAt: true,
  data: true,
  grant: (part) => trim(part, grantRef),
}
const client: Members<Client> = {
  id: true,
  version: true,
  secretHash: true,
  previousSecretHash: true,
  previousSecretExpiresAt: true,
  type: true,
  authMethod: true,
  jwks: true,
  jwksUri: true,
  redirectUris: true,
  grantTypes: true,
  scopes: true,
  name: true,
  userId: true,
  accessTokenLifetime: true,
  refreshTokenLifetime: true,
  resources: true,
  introspectsAll: true,
  allowedResources: true,
  requirePkce: true,
  refreshTokenRotation: true,
  accessTokenFormat: true,
  dpopBoundAccessTokens: true,
  requirePushedAuthorizationRequests: true,
  registration: true,
  metadata: true,
}
const user: Members<User> = {
  id: true,
  version: true,
  username: true,
  passwordHash: true,
  metadata: true,
}
const record: Members<StoredRecord> = { key: true, data: true, expiresAt: true }
const page: Members<GrantPage> = { grants: (part) => each(part, grant), next: true }

const answers: Readonly<Record<string, ((answer: unknown) => unknown) | undefined>> = {
  getClient: (answer) => trim(answer, client),
  listClients: (answer) => each(answer, client),
  getUser: (answer) => trim(answer, user),
  getUserByUsername: (answer) => trim(answer, user),
  listUsers: (answer) => each(answer, user),
  find: (answer) => trim(answer, credential),
  listGrants: (answer) => trim(answer, page),
  getRecord: (answer) => trim(answer, record),
  takeRecord: (answer) => trim(answer, record),
  redeem: (answer) => trim(answer, { status: true }),
} satisfies Partial<Record<keyof Store, (answer: unknown) => unknown>>

/** Returns a method's result without members that are not in the contract. */
export function trimmed(method: string, answer: unknown): unknown {
  return answers[method]?.(answer) ?? answer
}

function each(answer: unknown, members: Shape): unknown {
  return Array.isArray(answer) ? Array.from(answer, (one) => trim(one, members)) : answer
}

function trim(value: unknown, members: Shape): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const kept = Object.entries(value).flatMap(([name, part]) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member === undefined) return []
    return [[name, member === true ? part : member(part)]]
  })
  return Object.fromEntries(kept) as unknown
}
