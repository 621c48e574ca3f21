import { type Passwords, createClient, toPromiseModel } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

/** Hashes of the form `version:text`, of which only the first version is outdated. */
const passwordsOf = (version: number): Passwords => ({
  hash: async (text) => `${version}:${text}`,
  verify: async (text, hash) => hash.slice(2) === text,
  isOutdated: (hash) => hash.startsWith('1'),
})

it('two servers that renew the hash of a client secret at the same time refuse no request', async () => {
  const store = memoryStore()
  const { client } = await createClient(
    store,
    { secret: 'a chosen secret', grantTypes: ['client_credentials'] },
    { passwords: passwordsOf(1) },
  )
  const models = [1, 2].map(() => toPromiseModel(store, { passwords: passwordsOf(2) }))
  const request = async (number: number) => {
    const model = models[number % 2]!
    const found = (await model.getClient(client.id, 'a chosen secret'))!
    const token = {
      accessToken: `token-${number}`,
      accessTokenExpiresAt: new Date(4e12),
      scope: [],
    }
    await model.saveToken(token, found, { id: null })
    return (await model.getAccessToken(token.accessToken)) !== null
  }
  const results = await Promise.all(Array.from({ length: 20 }, (_, number) => request(number)))
  expect(results).toEqual(results.map(() => true))
  expect((await store.getClient(client.id))!.secretHash).toBe('2:a chosen secret')
})

it('a client secret may be form-encoded, as in a Basic header (RFC 6749 2.3.1)', async () => {
  const store = memoryStore()
  const { client, secret } = await createClient(store, { grantTypes: ['client_credentials'] })
  const model = toPromiseModel(store)
  const encoded = Buffer.from(secret!).toString('hex').replaceAll(/../g, '%$&')
  expect(await model.getClient(client.id, encoded)).toMatchObject({ id: client.id })
  expect(await model.getClient(client.id, `${encoded}%21`)).toBeNull()
})
