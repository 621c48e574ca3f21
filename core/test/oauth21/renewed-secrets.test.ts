import express from 'express'
import request from 'supertest'
import oauthserver, {
  type Passwords,
  type Store,
  createClient,
  rotateClientSecret,
  updateClient,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

const secret = 'a chosen secret'

/** Passwords whose old hashes begin with `old:`. They count their new hashes. */
function twoFormats() {
  const hashed: string[] = []
  const passwords: Passwords = {
    async hash(text) {
      hashed.push(text)
      return `new:${text}`
    },
    verify: async (text, hash) => hash === `old:${text}` || hash === `new:${text}`,
    isOutdated: (hash) => hash.startsWith('old:'),
  }
  return { passwords, hashed }
}

async function withOldHash(differences = {}) {
  const store = memoryStore()
  const old: Passwords = {
    hash: async (text) => `old:${text}`,
    verify: async () => false,
  }
  const grantTypes = ['client_credentials']
  const { client } = await createClient(
    store,
    { id: 'web', secret, grantTypes, ...differences },
    { passwords: old },
  )
  return { store, client }
}

function serverOn(store: Store, passwords: Passwords, failed: unknown[] = []) {
  const oauth = oauthserver({
    store,
    grants: ['client_credentials'],
    passwords,
    storeTimeout: 60_000,
  })
  oauth.events.on('store.failed', ({ error }) => failed.push(error))
  const app = express()
  app.all('/token', oauth.grant())
  return (sent = secret) =>
    request(app).post('/token').auth('web', sent).type('form').send('grant_type=client_credentials')
}

describe('the hash of a chosen client secret', () => {
  it('is renewed by the right secret if it is outdated, and once only', async () => {
    const { store, client } = await withOldHash({ name: 'Web', metadata: { a: 1 } })
    const { passwords, hashed } = twoFormats()
    const ask = serverOn(store, passwords)
    expect((await ask()).status).toBe(200)
    const after = await store.getClient('web')
    expect(after).toEqual({ ...client, secretHash: `new:${secret}`, version: after?.version })
    expect(after?.version).not.toBe(client.version)
    expect((await ask()).status).toBe(200)
    expect(hashed).toEqual([secret])
    expect(await store.getClient('web')).toEqual(after)
  })

  it('is not renewed by a wrong secret, which is not hashed anew', async () => {
    const { store, client } = await withOldHash()
    const { passwords, hashed } = twoFormats()
    expect((await serverOn(store, passwords)('wrong')).body.error).toBe('invalid_client')
    expect(hashed).toEqual([])
    expect(await store.getClient('web')).toEqual(client)
  })

  it('is renewed while concurrent requests, also of another process, all succeed', async () => {
    const { store } = await withOldHash()
    const servers = [twoFormats(), twoFormats()].map(({ passwords }) => serverOn(store, passwords))
    const asked = Array.from({ length: 20 }, (_, n) => servers[n % 2]!())
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect((await store.getClient('web'))?.secretHash).toBe(`new:${secret}`)
  })

  it('that is renewed does not undo a concurrent change', async () => {
    const { store } = await withOldHash()
    const { passwords } = twoFormats()
    const slow = {
      ...store,
      async updateClient(...args: Parameters<Store['updateClient']>) {
        await updateClient(store, 'web', { name: 'Renamed' })
        return store.updateClient(...args)
      },
    }
    expect((await serverOn(slow, passwords)()).status).toBe(200)
    expect(await store.getClient('web')).toMatchObject({
      name: 'Renamed',
      secretHash: `old:${secret}`,
    })
    expect((await serverOn(store, passwords)()).status).toBe(200)
    expect(await store.getClient('web')).toMatchObject({
      name: 'Renamed',
      secretHash: `new:${secret}`,
    })
  })

  it('that is renewed does not undo a rotation, after which the old secret gets nothing', async () => {
    const { store } = await withOldHash()
    const { passwords } = twoFormats()
    const rotating = {
      ...store,
      async updateClient(...args: Parameters<Store['updateClient']>) {
        await rotateClientSecret(store, 'web', { secret: 'another secret', passwords })
        return store.updateClient(...args)
      },
    }
    expect((await serverOn(rotating, passwords)()).status).toBe(503)
    expect((await serverOn(store, passwords)()).status).toBe(401)
    expect((await serverOn(store, passwords)('another secret')).status).toBe(200)
  })

  it('of the previous secret is not renewed', async () => {
    const { store } = await withOldHash()
    const { passwords, hashed } = twoFormats()
    const chosen = { secret: 'another secret', keepPreviousFor: 60 }
    const { client } = await rotateClientSecret(store, 'web', { ...chosen, passwords })
    hashed.length = 0
    expect((await serverOn(store, passwords)()).status).toBe(200)
    expect(hashed).toEqual([])
    expect(await store.getClient('web')).toEqual(client)
  })

  it.each(['hash', 'store'])(
    'that cannot be renewed does not refuse the secret: %s',
    async (what) => {
      const { store, client } = await withOldHash()
      const { passwords } = twoFormats()
      const broken = new Error('broken')
      const failed: unknown[] = []
      const ask =
        what === 'hash'
          ? serverOn(store, { ...passwords, hash: () => Promise.reject(broken) }, failed)
          : serverOn({ ...store, updateClient: () => Promise.reject(broken) }, passwords, failed)
      expect((await ask()).status).toBe(200)
      expect(failed).toEqual([broken])
      expect(await store.getClient('web')).toEqual(client)
    },
  )
})
