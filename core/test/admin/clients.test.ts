import {
  type ClientChanges,
  createClient,
  deleteClient,
  getClient,
  listClients,
  rotateClientSecret,
  updateClient,
  verifyPassword,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { sha256 } from '../../src/crypto/hash'
import { issueGrant } from './issue-grant'

const redirectUris = ['https://client.example/callback']

async function setup() {
  const store = memoryStore()
  const { client, secret } = await createClient(store, { redirectUris, scopes: ['profile'] })
  return { store, client, secret }
}

describe('getClient()', () => {
  it('returns the client with that id, or null', async () => {
    const { store, client } = await setup()
    expect(await getClient(store, client.id)).toEqual(client)
    expect(await getClient(store, 'nobody')).toBeNull()
  })

  it.each([undefined, null, 7, '', {}, 'a'.repeat(256), 'a\0'])(
    'rejects the id %p with a TypeError and does not call the store',
    async (id) => {
      const store = { getClient: jest.fn() }
      await expect(getClient(store, id as string)).rejects.toThrow(TypeError)
      expect(store.getClient).not.toHaveBeenCalled()
    },
  )

  it('rejects if the store compares ids without regard to case', async () => {
    const { store, client } = await setup()
    const lax = { getClient: () => store.getClient(client.id) }
    await expect(getClient(lax, client.id.toUpperCase())).rejects.toThrow(
      'a client with another id',
    )
  })
})

describe('listClients()', () => {
  it.each([1, 2, 5, 7, 100])('returns all clients in order, in pages of %i', async (pageSize) => {
    const store = memoryStore()
    for (const id of ['e', 'b', 'd', 'a', 'c']) {
      await createClient(store, { id, redirectUris })
    }
    const limits: number[] = []
    const watched = {
      listClients: (page: { after?: string; limit: number }) => {
        limits.push(page.limit)
        return store.listClients(page)
      },
    }
    const ids: string[] = []
    for await (const { id } of listClients(watched, { pageSize })) ids.push(id)
    expect(ids).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(limits).toEqual(Array(Math.floor(5 / pageSize) + 1).fill(pageSize))
  })

  it('requests only the pages that are read', async () => {
    const { store } = await setup()
    const spy = jest.spyOn(store, 'listClients')
    for await (const _client of listClients(store, { pageSize: 1 })) break
    expect(spy).toHaveBeenCalledTimes(1)
  })

  it.each([0, -1, 1.5, Number.NaN, '10'])('rejects pageSize %p with a TypeError', async (size) => {
    const listing = listClients(memoryStore(), { pageSize: size as number })
    await expect(listing.next()).rejects.toThrow(/"pageSize" must be a whole number/)
  })
})

describe('updateClient()', () => {
  it('changes only the given properties', async () => {
    const { store, client } = await setup()
    const changes: ClientChanges = {
      name: 'Photo album',
      authMethod: 'client_secret_post',
      redirectUris: ['https://new.example/'],
      grantTypes: ['authorization_code'],
      scopes: null,
      userId: 'robot',
      accessTokenLifetime: 60,
      refreshTokenLifetime: null,
      metadata: { logo: 'a' },
    }
    const updated = await updateClient(store, client.id, changes)
    expect(updated).toEqual({ ...client, ...changes, version: updated.version })
    expect(updated.version).not.toBe(client.version)
    expect(await store.getClient(client.id)).toEqual(updated)
    // Undefined properties are ignored.
    const same = await updateClient(store, client.id, { name: undefined })
    expect(same).toEqual({ ...updated, version: same.version })
  })

  it('removes the optional properties', async () => {
    const { store, client } = await setup()
    await updateClient(store, client.id, {
      name: 'Photo album',
      userId: 'robot',
      accessTokenLifetime: 60,
      refreshTokenLifetime: 60,
      metadata: {},
    })
    const bare = await updateClient(store, client.id, {
      name: null,
      userId: null,
      accessTokenLifetime: 'default',
      refreshTokenLifetime: 'default',
      metadata: null,
    })
    expect(bare).toEqual({ ...client, version: bare.version })
    expect(Object.keys(bare).toSorted()).toEqual(Object.keys(client).toSorted())
  })

  it('does not change the secret or the tokens', async () => {
    const { store, client, secret } = await setup()
    const { hash } = await issueGrant(store, { clientId: client.id })
    await updateClient(store, client.id, { name: 'Photo album' })
    expect((await store.getClient(client.id))?.secretHash).toBe(sha256(secret!))
    expect(await store.find(hash)).not.toBeNull()
  })

  it('copies the given arrays', async () => {
    const { store, client } = await setup()
    const scopes = ['profile']
    const updated = await updateClient(store, client.id, { scopes })
    scopes.push('admin')
    expect(updated.scopes).toEqual(['profile'])
    expect((await store.getClient(client.id))?.scopes).toEqual(['profile'])
  })

  it.each<[string, object, RegExp]>([
    ['an id', { id: 'a' }, /"id" of a client cannot be changed: create another/],
    ['a type', { type: 'public' }, /"type" of a client cannot be changed/],
    ['a secret', { secret: 'a long secret' }, /"secret" cannot be changed here: call rotate/],
    ['a hash', { secretHash: 'a' }, /Unknown option "secretHash" of updateClient/],
    ['scopes as text', { scopes: 'profile' }, /"scopes" must be an array/],
    ['no redirect URI', { redirectUris: [] }, /"redirectUris" is empty/],
    ['a bad redirect URI', { redirectUris: ['http://a.example/'] }, /"redirectUris" has/],
    ['an unsupported method', { authMethod: 'none' }, /"authMethod" of a confidential/],
    ['a bad lifetime', { accessTokenLifetime: -1 }, /"accessTokenLifetime" must be seconds/],
  ])('rejects %s with a TypeError, and saves nothing', async (_what, changes, message) => {
    const { store, client } = await setup()
    const updating = updateClient(store, client.id, changes)
    await expect(updating).rejects.toThrow(TypeError)
    await expect(updating).rejects.toThrow(message)
    expect(await store.getClient(client.id)).toEqual(client)
  })

  it('rejects for an unknown client and does not create it', async () => {
    const store = memoryStore()
    await expect(updateClient(store, 'album', { name: 'a' })).rejects.toThrow(
      'There is no client "album"',
    )
    expect(await store.getClient('album')).toBeNull()
  })
})

describe('updateClient() and createClient()', () => {
  it('keep a redirect URI that earlier rules allowed', async () => {
    const { store, client } = await setup()
    const old = [...client.redirectUris, 'https://a.example/*', 'Cursor://cb']
    await store.updateClient({ ...client, version: 'old', redirectUris: old }, client.version)
    const { name, redirectUris: kept } = await updateClient(store, client.id, { name: 'Album' })
    expect([name, kept]).toEqual(['Album', old])
    const more = { redirectUris: [...old, 'https://b.example/*'] }
    await expect(updateClient(store, client.id, more)).rejects.toThrow('has a wildcard')
  })

  it.each<[string, unknown]>([
    ['redirectUris', null],
    ['redirectUris', [null]],
    ['redirectUris', [new URL('https://a.example')]],
    ['redirectUris', Array(2)],
    ['grantTypes', null],
    ['scopes', [Symbol('a')]],
    ['allowedResources', 'https://a.example'],
  ])('refuse %s: %p with an OptionError', async (name, value) => {
    const { store, client } = await setup()
    const wanted = { name: 'OptionError', option: name }
    const changes = { [name]: value }
    await expect(updateClient(store, client.id, changes)).rejects.toMatchObject(wanted)
    const made = createClient(store, { redirectUris, ...changes })
    await expect(made).rejects.toMatchObject(wanted)
  })

  it('refuse a missing argument, and null where it has no meaning', async () => {
    const { store, client } = await setup()
    const error = { name: 'OptionError' }
    await expect(updateClient(store, client.id, undefined as never)).rejects.toMatchObject(error)
    await expect(createClient(store, undefined as never)).rejects.toMatchObject(error)
    for (const wrong of [{ type: null }, { allowedResources: null }]) {
      const made = createClient(store, { redirectUris, ...(wrong as object) })
      await expect(made).rejects.toMatchObject(error)
    }
  })
})

describe('rotateClientSecret()', () => {
  it('returns a new random secret and replaces the stored hash', async () => {
    const { store, client, secret: old } = await setup()
    const { client: now, secret } = await rotateClientSecret(store, client.id)
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(secret).not.toBe(old)
    expect(now).toEqual({ ...client, secretHash: sha256(secret!), version: now.version })
    expect(now.version).not.toBe(client.version)
    expect(await store.getClient(client.id)).toEqual(now)
  })

  it('accepts a chosen secret and hashes it as a password', async () => {
    const { store, client } = await setup()
    const { client: now } = await rotateClientSecret(store, client.id, { secret: 'well chosen' })
    expect(await verifyPassword('well chosen', now.secretHash!)).toBe(true)
  })

  it('rejects for a public client, a short secret and an unknown client', async () => {
    const { store, client } = await setup()
    const { client: spa } = await createClient(store, { type: 'public', redirectUris })
    await expect(rotateClientSecret(store, spa.id)).rejects.toThrow(/is public, so it has no/)
    await expect(rotateClientSecret(store, client.id, { secret: 'short' })).rejects.toThrow(
      '"secret" must have at least 8 characters',
    )
    await expect(rotateClientSecret(store, 'nobody')).rejects.toThrow('There is no client "nobody"')
    expect(await store.getClient(client.id)).toEqual(client)
    expect(await store.getClient(spa.id)).toEqual(spa)
  })
})

describe('concurrent changes', () => {
  it('F13: all take effect', async () => {
    const { store, client } = await setup()
    const changes: ClientChanges[] = [
      { name: 'Photo album' },
      { scopes: ['profile', 'email'] },
      { redirectUris: ['https://new.example/'] },
      { metadata: { logo: 'a' } },
      { accessTokenLifetime: 60 },
    ]
    const rotated = rotateClientSecret(store, client.id)
    await Promise.all(changes.map((change) => updateClient(store, client.id, change)))
    const secretHash = sha256((await rotated).secret!)
    const present = await store.getClient(client.id)
    const all = Object.assign({}, ...changes) as ClientChanges
    expect(present).toEqual({ ...client, ...all, secretHash, version: present!.version })
  })

  it('F13: do not restore a deleted client', async () => {
    const { store, client } = await setup()
    const slow: Pick<typeof store, 'getClient' | 'updateClient'> = {
      ...store,
      async updateClient(changed, version) {
        await deleteClient(store, client.id)
        return store.updateClient(changed, version)
      },
    }
    const message = `There is no client "${client.id}"`
    await expect(updateClient(slow, client.id, { name: 'a' })).rejects.toThrow(message)
    await expect(rotateClientSecret(slow, client.id)).rejects.toThrow(message)
    expect(await store.getClient(client.id)).toBeNull()
  })

  it('reject with an Error if other changes win every attempt', async () => {
    const { store, client } = await setup()
    const busy = { ...store, updateClient: async () => false }
    await expect(updateClient(busy, client.id, { name: 'a' })).rejects.toThrow(
      `The client "${client.id}" was changed by other calls during every attempt: try again later`,
    )
  })
})

describe('deleteClient()', () => {
  it('deletes the client and its grants, and returns whether the client existed', async () => {
    const { store, client } = await setup()
    const { hash } = await issueGrant(store, { clientId: client.id })
    const other = await issueGrant(store)
    expect(await deleteClient(store, client.id)).toBe(true)
    expect(await store.getClient(client.id)).toBeNull()
    expect(await store.find(hash)).toBeNull()
    expect(await store.find(other.hash)).not.toBeNull()
    expect(await deleteClient(store, client.id)).toBe(false)
  })
})
