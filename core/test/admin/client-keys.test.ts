import {
  type ClientChanges,
  type JsonWebKeySet,
  type NewClient,
  createClient,
  importGrants,
  rotateClientSecret,
  toModel,
  toPromiseModel,
  updateClient,
  withoutSecret,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { testKey } from '../support/assertions'

const [one, two] = [testKey(), testKey('RS256')]
const jwks: JsonWebKeySet = { keys: [one.publicKey] }
const jwksUri = 'https://client.example/jwks'
const grantTypes = ['client_credentials']
const authMethod = 'private_key_jwt'

async function withKeys(properties: NewClient = {}) {
  const store = memoryStore()
  const created = await createClient(store, { grantTypes, authMethod, jwks, ...properties })
  return { store, ...created, id: created.client.id }
}

describe('createClient() with keys', () => {
  it.each([
    ['jwks', { jwks: { keys: [one.publicKey, two.publicKey] } }],
    ['jwksUri', { jwks: undefined, jwksUri }],
  ])('registers a client with %s, and without a secret', async (_what, keys) => {
    const { store, client, secret, id } = await withKeys(keys)
    expect(secret).toBeNull()
    expect(client).toMatchObject({ type: 'confidential', secretHash: null, authMethod })
    expect(await store.getClient(id)).toMatchObject(JSON.parse(JSON.stringify(keys)) as object)
    expect(withoutSecret(client)).toMatchObject(JSON.parse(JSON.stringify(keys)) as object)
  })

  it('keeps a copy of the keys', async () => {
    const given = { keys: [{ ...one.publicKey }] }
    const { store, id } = await withKeys({ jwks: given })
    given.keys.length = 0
    expect((await store.getClient(id))!.jwks).toEqual(jwks)
  })

  it.each<[string, NewClient, string]>([
    ['neither jwks nor jwksUri', { jwks: undefined }, 'jwks'],
    ['both', { jwksUri }, 'jwks'],
    ['a secret', { secret: 'well chosen' }, 'secret'],
    ['an http URL', { jwks: undefined, jwksUri: 'http://client.example' }, 'jwksUri'],
    ['a URL with a password', { jwks: undefined, jwksUri: 'https://a:b@c.example' }, 'jwksUri'],
    ['no URL', { jwks: undefined, jwksUri: 'jwks' }, 'jwksUri'],
    ['a long URL', { jwks: undefined, jwksUri: `${jwksUri}/`.padEnd(2049, 'a') }, 'jwksUri'],
    ['a private key', { jwks: { keys: [one.privateKey] } }, 'jwks'],
    ['no key', { jwks: { keys: [] } }, 'jwks'],
    ['keys that are null', { jwks: null as never }, 'jwks'],
    ['keys that are text', { jwks: JSON.stringify(jwks) as never }, 'jwks'],
    ['large keys', { jwks: { keys: [{ ...one.publicKey, note: 'a'.repeat(16_384) }] } }, 'jwks'],
    ['a public client', { type: 'public', grantTypes: [] }, 'authMethod'],
  ])('refuses %s', async (_what, properties, option) => {
    await expect(withKeys(properties)).rejects.toMatchObject({ option })
  })

  it.each<[NewClient, string]>([
    [{ jwks }, 'jwks'],
    [{ jwksUri }, 'jwksUri'],
    [{ jwks, authMethod: 'client_secret_basic' }, 'jwks'],
    [{ jwksUri, type: 'public', grantTypes: [] }, 'jwksUri'],
  ])('refuses keys for another method: %j', async (properties, option) => {
    const creating = createClient(memoryStore(), { grantTypes, ...properties })
    await expect(creating).rejects.toMatchObject({ option })
  })
})

describe('updateClient()', () => {
  it('replaces keys, and changes jwks to jwksUri and back', async () => {
    const { store, id } = await withKeys()
    const next = { keys: [two.publicKey] }
    expect(await updateClient(store, id, { jwks: next })).toMatchObject({ jwks: next })
    const remote = await updateClient(store, id, { jwks: null, jwksUri })
    expect(remote).toMatchObject({ jwksUri })
    expect(remote).not.toHaveProperty('jwks')
    const local = await updateClient(store, id, { jwks, jwksUri: null })
    expect(local).toMatchObject({ jwks })
    expect(local).not.toHaveProperty('jwksUri')
  })

  it('from a secret to keys: both secrets are gone', async () => {
    const store = memoryStore()
    const { client } = await createClient(store, { grantTypes })
    await rotateClientSecret(store, client.id, { keepPreviousFor: 60 })
    const after = await updateClient(store, client.id, { authMethod, jwks })
    expect(after).toMatchObject({ secretHash: null, authMethod, jwks })
    expect(after).not.toHaveProperty('previousSecretHash')
    expect(after).not.toHaveProperty('previousSecretExpiresAt')
    expect(await store.getClient(client.id)).toEqual(after)
  })

  it('from keys to a secret: the client has none until it is rotated', async () => {
    const { store, id } = await withKeys()
    const between = await updateClient(store, id, { authMethod: null, jwks: null })
    expect(between).toMatchObject({ secretHash: null, type: 'confidential' })
    const model = toPromiseModel(store)
    for (const secret of [undefined, '', 'null', 'a'])
      expect(await model.getClient(id, secret as never)).toBeNull()
    const { secret } = await rotateClientSecret(store, id)
    expect(await model.getClient(id, secret)).toMatchObject({ id })
  })

  it.each<[ClientChanges, string]>([
    [{ jwks: null }, 'jwks'],
    [{ jwksUri }, 'jwks'],
    [{ authMethod: null }, 'jwks'],
    [{ authMethod: 'client_secret_post' }, 'jwks'],
    [{ authMethod: 'none' }, 'authMethod'],
    [{ jwks: { keys: [one.privateKey] } }, 'jwks'],
  ])('refuses %j for a client with keys', async (changes, option) => {
    const { store, id } = await withKeys()
    await expect(updateClient(store, id, changes)).rejects.toMatchObject({ option })
  })

  it.each<[ClientChanges, string]>([
    [{ jwksUri }, 'pass jwks: null too'],
    [{ authMethod: null }, 'pass jwks: null too'],
    [{ authMethod: 'client_secret_post' }, 'pass jwks: null too'],
  ])('says how to make the change %j', async (changes, advice) => {
    const { store, id } = await withKeys()
    await expect(updateClient(store, id, changes)).rejects.toThrow(advice)
    expect(await updateClient(store, id, { ...changes, jwks: null })).not.toHaveProperty('jwks')
  })

  it('says that jwks needs the method', async () => {
    const creating = createClient(memoryStore(), { grantTypes, jwks })
    await expect(creating).rejects.toThrow('needs "authMethod" private_key_jwt')
  })

  it('changes other properties without a change of the keys', async () => {
    const { store, id } = await withKeys()
    expect(await updateClient(store, id, { name: 'Robot' })).toMatchObject({ name: 'Robot', jwks })
  })
})

describe('rotateClientSecret()', () => {
  it('says how the keys of a client are replaced', async () => {
    const { store, id } = await withKeys()
    await expect(rotateClientSecret(store, id)).rejects.toMatchObject({
      code: 'OAUTH2_KIT_OPTION',
      message: expect.stringContaining('updateClient()') as string,
    })
    expect(await store.getClient(id)).toMatchObject({ secretHash: null })
  })
})

describe('importGrants()', () => {
  it('imports a client with keys, which has no secret', async () => {
    const store = memoryStore()
    const rows = [{ kind: 'client' as const, id: 'robot', grantTypes, authMethod, jwks } as const]
    expect(await importGrants(store, rows)).toMatchObject({ failed: 0 })
    expect(await store.getClient('robot')).toMatchObject({ secretHash: null, authMethod, jwks })
  })

  it('refuses one with a secret', async () => {
    const store = memoryStore()
    const client = { kind: 'client' as const, id: 'robot', grantTypes, authMethod, jwks } as const
    const rows = [
      { ...client, secret: 'well chosen' },
      { ...client, secretSha256: 'a'.repeat(64) },
      { kind: 'client' as const, id: 'robot', grantTypes, authMethod } as const,
    ]
    for (const row of rows) expect(await importGrants(store, [row])).toMatchObject({ failed: 1 })
    expect(await store.getClient('robot')).toBeNull()
  })
})

describe('a client with keys under other servers', () => {
  it('is found without a secret only where no client authenticates', async () => {
    const { store, id } = await withKeys()
    const models = [toModel(store), toPromiseModel(store)]
    for (const model of models) {
      for (const secret of ['', 'null', 'undefined', one.kid]) {
        expect(await model.getClient(id, secret)).toBeNull()
      }
      expect(await model.getClient(id, null)).toMatchObject({ id })
    }
    expect(await toPromiseModel(store).getClient(id, undefined as never)).toBeNull()
  })
})
