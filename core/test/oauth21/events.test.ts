import type { EventMap } from '@oauth2-kit/core'
import { sha256 } from '../../src/crypto/hash'
import { expresses } from '../support/express'
import { loopback } from '../support/loopback'
import { around } from './around'
import {
  type Differences,
  type Provider,
  askForToken,
  exchange,
  getCode,
  me,
  provider,
  refresh,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf } from '../support/records'

const names = [
  'token.issued',
  'code.replayed',
  'refresh.reused',
  'refresh.repeated',
  'client.authentication_failed',
  'user.authentication_failed',
  'store.failed',
] as const satisfies readonly (keyof EventMap)[]

const address = loopback
const failed = (clientId: string, reason: string) => [
  'client.authentication_failed',
  { clientId, address, reason },
]
const ownToken = { grant_type: 'client_credentials' }

describe.each(expresses)('events on $version', ({ express }) => {
  afterEach(() => jest.restoreAllMocks())

  async function listening(differences: Differences = {}) {
    const at = await provider(express, differences)
    const heard: [name: string, event: unknown][] = []
    for (const name of names) {
      at.oauth.events.on(name, (event: unknown) => heard.push([name, event]))
    }
    return { at, heard }
  }

  it('token.issued: for each grant type, with the ids of grant, client and user', async () => {
    const { at, heard } = await listening()
    const { refresh_token } = await signIn(at, at.spa)
    const [grant] = await grantsOf(at.store, { clientId: at.spa.id })
    const event = { grantId: grant?.id, clientId: at.spa.id, userId: at.user.id }
    expect(heard).toEqual([['token.issued', event]])
    await refresh(at, at.spa, refresh_token)
    expect(heard.slice(1)).toEqual([['token.issued', event]])
    await askForToken(at, at.web, ownToken)
    const own = { grantId: expect.any(String), clientId: at.web.id, userId: null }
    expect(heard.slice(2)).toEqual([['token.issued', own]])
  })

  it('code.replayed: when a redeemed code is presented again', async () => {
    const { at, heard } = await listening()
    const code = await getCode(at, at.spa)
    await exchange(at, at.spa, code)
    await exchange(at, at.spa, code)
    expect(heard.map(([name]) => name)).toEqual(['token.issued', 'code.replayed'])
    expect(heard[1]?.[1]).toEqual(heard[0]?.[1])
    // The grant is revoked, so no further event is emitted.
    await exchange(at, at.spa, code)
    expect(heard).toHaveLength(2)
  })

  it('refresh.repeated within the grace period, refresh.reused after it', async () => {
    const { at, heard } = await listening()
    const { refresh_token } = await signIn(at, at.spa)
    await refresh(at, at.spa, refresh_token)
    await refresh(at, at.spa, refresh_token)
    at.clock.step(10_000)
    await refresh(at, at.spa, refresh_token)
    expect(heard.map(([name]) => name)).toEqual([
      'token.issued',
      'token.issued',
      'refresh.repeated',
      'refresh.reused',
    ])
    expect(new Set(heard.map(([, event]) => JSON.stringify(event))).size).toBe(1)
  })

  it('a code that was burnt by a wrong verifier emits no replay', async () => {
    const { at, heard } = await listening()
    const code = await getCode(at, at.spa)
    await exchange(at, at.spa, code, { code_verifier: 'a'.repeat(43) })
    await exchange(at, at.spa, code)
    expect(heard).toEqual([])
  })

  it('client.authentication_failed: a wrong secret, an unknown client, a wrong method', async () => {
    const { at, heard } = await listening()
    await askForToken(at, { ...at.web, secret: 'wrong' }, ownToken)
    await askForToken(at, { ...at.web, id: 'nobody' }, ownToken)
    await askForToken(at, { ...at.post, authMethod: 'client_secret_basic' }, ownToken)
    expect(heard).toEqual([
      failed(at.web.id, 'Client credentials are invalid'),
      failed('nobody', 'Client credentials are invalid'),
      failed(
        at.post.id,
        'The client is registered for client_secret_post, but the request uses client_secret_basic',
      ),
    ])
  })

  it('user.authentication_failed: a wrong password, without the password', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { at, heard } = await listening({
      grants: ['password'],
      users: { authenticate: async () => null },
    })
    const client = await register(at.store, { grantTypes: ['password'], redirectUris: [] })
    await askForToken(at, client, { grant_type: 'password', username: 'ada', password: 'hunter22' })
    const event = { clientId: client.id, address }
    expect(heard).toEqual([['user.authentication_failed', event]])
  })

  it('store.failed: with the error', async () => {
    const error = new Error('The database is away')
    const { at, heard } = await listening({
      through: (store) =>
        around(store, ({ name, proceed }) => (name === 'find' ? Promise.reject(error) : proceed())),
    })
    await me(at, 'a'.repeat(40))
    expect(heard).toEqual([['store.failed', { error }]])
  })

  it('contain no token, code, secret or hash of them', async () => {
    const { at, heard } = await listening({ refreshGrace: 0 })
    const code = await getCode(at, at.web)
    const first = tokensOf(await exchange(at, at.web, code))
    const second = tokensOf(await refresh(at, at.web, first.refresh_token))
    await refresh(at, at.web, first.refresh_token)
    await askForToken(at, { ...at.web, secret: 'a wrong secret' }, ownToken)
    expect(heard).toHaveLength(4)
    const json = JSON.stringify(heard)
    const secrets = [code.code, code.verifier, at.web.secret!, 'a wrong secret']
    for (const { access_token, refresh_token } of [first, second]) {
      secrets.push(access_token, refresh_token)
    }
    for (const secret of secrets) expect(json).not.toContain(secret)
    expect(json).not.toMatch(/[0-9a-f]{40}/)
  })

  it.each(names)('a listener of %s that throws is reported, and changes nothing', async (name) => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const quiet = await walk(await provider(express, everything))
    const reported: Error[] = []
    const at = await provider(express, { ...everything, debug: (error) => reported.push(error) })
    at.oauth.events.on(name, () => {
      throw new Error('The listener is broken')
    })
    expect(await walk(at)).toEqual(quiet)
    expect(quiet).toEqual([200, 400, 200, 200, 400, 401, 503, 400])
    expect(reported.map(({ message }) => message)).toContain('The listener is broken')
  })
})

/** Options with which every event can occur. */
const everything: Differences = {
  grants: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
  users: { authenticate: async () => null },
  through: (store) =>
    around(store, ({ args, proceed }) =>
      args[0] === sha256('broken') ? Promise.reject(new Error('away')) : proceed(),
    ),
}

/** Sends requests that cause every event, and returns their statuses. */
async function walk(at: Provider): Promise<number[]> {
  const code = await getCode(at, at.spa)
  const { refresh_token } = await signIn(at, at.spa)
  const asks = [
    () => exchange(at, at.spa, code),
    () => exchange(at, at.spa, code),
    () => refresh(at, at.spa, refresh_token),
    () => refresh(at, at.spa, refresh_token),
    () => {
      at.clock.step(10_000)
      return refresh(at, at.spa, refresh_token)
    },
    () => askForToken(at, { ...at.web, secret: 'wrong' }, ownToken),
    () => me(at, 'broken'),
  ]
  const statuses: number[] = []
  for (const ask of asks) statuses.push((await ask()).status)
  const client = await register(at.store, { grantTypes: ['password'], redirectUris: [] })
  const form = { grant_type: 'password', username: 'ada', password: 'wrong' }
  statuses.push((await askForToken(at, client, form)).status)
  return statuses
}
