import type {
  Client,
  Credential,
  Grant,
  GrantRef,
  NewCredential,
  StoredRecord,
  User,
} from '@oauth2-kit/core'
import type { Variant } from '../mutant'
import { type Kind, operators } from './values'

type Kinds<T> = Readonly<Record<keyof T, Kind>>
type Change<T> = (one: T) => T

const grantRef: Kinds<GrantRef> = { id: 'hash', clientId: 'id', userId: 'id' }
const credential: Kinds<NewCredential> = {
  hash: 'hash',
  kind: 'word',
  createdAt: 'time',
  expiresAt: 'end',
  data: 'json',
}

/** The members of what a store keeps. */
const entities = {
  client: {
    id: 'id',
    version: 'hash',
    secretHash: 'text',
    previousSecretHash: 'text',
    previousSecretExpiresAt: 'time',
    type: 'word',
    authMethod: 'word',
    jwks: 'object',
    jwksUri: 'text',
    redirectUris: 'list',
    grantTypes: 'list',
    scopes: 'scopes',
    name: 'name',
    userId: 'id',
    accessTokenLifetime: 'seconds',
    refreshTokenLifetime: 'seconds',
    resources: 'list',
    introspectsAll: 'flag',
    allowedResources: 'list',
    requirePkce: 'flag',
    refreshTokenRotation: 'flag',
    accessTokenFormat: 'word',
    dpopBoundAccessTokens: 'flag',
    requirePushedAuthorizationRequests: 'flag',
    registration: 'object',
    metadata: 'object',
  } satisfies Kinds<Client>,
  user: {
    id: 'id',
    version: 'hash',
    username: 'id',
    passwordHash: 'text',
    metadata: 'object',
  } satisfies Kinds<User>,
  grant: { ...grantRef, createdAt: 'time', data: 'json' } satisfies Kinds<Grant>,
  credential,
  found: grantRef,
  record: { key: 'id', data: 'json', expiresAt: 'time' } satisfies Kinds<StoredRecord>,
} as const

type Entity = keyof typeof entities

/** Where a method passes or returns such an entity: wraps the store so that it is changed there. */
interface Point {
  method: string
  entity: Entity
  breaks: (change: Change<never>) => NonNullable<Variant['breaks']>
}

const nullable =
  <T>(change: Change<T>) =>
  (one: T | null): T | null =>
    one && change(one)

const points: readonly Point[] = [
  write('createClient', 'client', (change: Change<Client>) => ({ store }) => ({
    createClient: (client) => store.createClient(change(client)),
  })),
  write('updateClient', 'client', (change: Change<Client>) => ({ store }) => ({
    updateClient: (client, version) => store.updateClient(change(client), version),
  })),
  write('getClient', 'client', (change: Change<Client>) => ({ store }) => ({
    getClient: async (id) => nullable(change)(await store.getClient(id)),
  })),
  write('listClients', 'client', (change: Change<Client>) => ({ store }) => ({
    listClients: async (page) => (await store.listClients(page)).map(change),
  })),
  write('createUser', 'user', (change: Change<User>) => ({ store }) => ({
    createUser: (user) => store.createUser(change(user)),
  })),
  write('updateUser', 'user', (change: Change<User>) => ({ store }) => ({
    updateUser: (user, version) => store.updateUser(change(user), version),
  })),
  write('getUser', 'user', (change: Change<User>) => ({ store }) => ({
    getUser: async (id) => nullable(change)(await store.getUser(id)),
  })),
  write('getUserByUsername', 'user', (change: Change<User>) => ({ store }) => ({
    getUserByUsername: async (name) => nullable(change)(await store.getUserByUsername(name)),
  })),
  write('listUsers', 'user', (change: Change<User>) => ({ store }) => ({
    listUsers: async (page) => (await store.listUsers(page)).map(change),
  })),
  write('issue', 'grant', (change: Change<Grant>) => ({ store }) => ({
    issue: (grant, made, conditions) => store.issue(change(grant), made, conditions),
  })),
  write('listGrants', 'grant', (change: Change<Grant>) => ({ store }) => ({
    async listGrants(selector, page) {
      const { grants, next } = await store.listGrants(selector, page)
      return { grants: grants.map(change), next }
    },
  })),
  write('issue', 'credential', (change: Change<NewCredential>) => ({ store }) => ({
    issue: (grant, made, conditions) => store.issue(grant, made.map(change), conditions),
  })),
  write('redeem', 'credential', (change: Change<NewCredential>) => ({ store }) => ({
    redeem: (old, made) => store.redeem(old, made.map(change)),
  })),
  write('extend', 'credential', (change: Change<NewCredential>) => ({ store }) => ({
    extend: (grant, made) => store.extend(grant, made.map(change)),
  })),
  write('find', 'credential', (change: Change<Credential>) => ({ store }) => ({
    find: async (hash) => nullable(change)(await store.find(hash)),
  })),
  write('find', 'found', (change: Change<GrantRef>) => ({ store }) => ({
    async find(hash) {
      const found = await store.find(hash)
      return found && { ...found, grant: change(found.grant) }
    },
  })),
  write('addRecord', 'record', (change: Change<StoredRecord>) => ({ store }) => ({
    addRecord: (record) => store.addRecord(change(record)),
  })),
  write('getRecord', 'record', (change: Change<StoredRecord>) => ({ store }) => ({
    getRecord: async (key) => nullable(change)(await store.getRecord(key)),
  })),
  write('takeRecord', 'record', (change: Change<StoredRecord>) => ({ store }) => ({
    takeRecord: async (key) => nullable(change)(await store.takeRecord(key)),
  })),
]

function write<T>(
  method: string,
  entity: Entity,
  breaks: (change: Change<T>) => NonNullable<Variant['breaks']>,
): Point {
  return { method, entity, breaks: breaks as unknown as Point['breaks'] }
}

/** Every member of every entity, changed by every operator, wherever a method passes it. */
export function memberVariants(): Variant[] {
  return points.flatMap(({ method, entity, breaks }) =>
    Object.entries<Kind>(entities[entity]).flatMap(([member, kind]) => [
      ...Object.entries(operators[kind]).map(([operator, change]) =>
        variant(`${method}(): "${member}" of the ${entity} ${operator}`, breaks, member, change),
      ),
      variant(`${method}(): "${member}" of the ${entity} is lost`, breaks, member, () => undefined),
      ...words(entity, member).map((word) =>
        variant(
          `${method}(): "${member}" of the ${entity} is always "${word}"`,
          breaks,
          member,
          () => word,
        ),
      ),
    ]),
  )
}

function words(entity: Entity, member: string): string[] {
  if (entity === 'client' && member === 'type') return ['confidential', 'public']
  if (entity === 'client' && member === 'authMethod')
    return ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
  if (entity === 'credential' && member === 'kind')
    return ['code', 'access', 'refresh', 'used', 'answer']
  return []
}

function variant(
  name: string,
  breaks: Point['breaks'],
  member: string,
  change: (value: never) => unknown,
): Variant {
  return {
    name,
    breaks: breaks(((one: Record<string, unknown>) => {
      const value = one[member]
      // Operators on text leave null and absent values as they are.
      const changed =
        typeof value === 'string' || !isTextual(change) ? change(value as never) : value
      const { [member]: _, ...rest } = one
      return changed === undefined ? rest : { ...rest, [member]: changed }
    }) as never),
  }
}

const textual = new Set<unknown>(
  (['hash', 'id', 'text', 'name', 'json'] as const satisfies Kind[]).flatMap((kind) =>
    Object.values(operators[kind]),
  ),
)

function isTextual(change: unknown): boolean {
  return textual.has(change)
}
