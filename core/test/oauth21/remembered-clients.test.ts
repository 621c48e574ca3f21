import { generateKeyPairSync, randomUUID } from 'node:crypto'
import {
  type Limiter,
  createUser,
  deleteClient,
  deleteUser,
  rotateClientSecret,
  updateClient,
} from '@oauth2-kit/core'
import type { MemoryStore } from '@oauth2-kit/memory'
import type { RequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import {
  type Differences,
  type Parameters,
  type Provider,
  type TestClient,
  askForToken,
  me,
  provider,
  refusal,
  tokensOf,
} from '../support/provider'
import { type StoreCall, around } from './around'

// A client that got a token for itself is remembered for ten seconds: the next request does not read it.

const { express } = expresses[0]!

interface Warm extends Provider {
  /** The names of the calls of the store since the first token. */
  calls: string[]
  /** Runs before the next call of this method. */
  before: (method: string, then: () => Promise<unknown>) => void
  ask: (client?: TestClient, form?: Parameters) => ReturnType<typeof askForToken>
}

/** A provider whose client `web` just got a token for itself. */
async function warm(differences: Differences = {}): Promise<Warm> {
  const calls: string[] = []
  const first = new Map<string, () => Promise<unknown>>()
  const through = (store: MemoryStore) =>
    around(store, async ({ name, proceed }: StoreCall) => {
      calls.push(name)
      const then = first.get(name)
      first.delete(name)
      await then?.()
      return proceed()
    })
  const at = await provider(express, { through, ...differences })
  const ask: Warm['ask'] = (client = at.web, form = {}) =>
    askForToken(at, client, { grant_type: 'client_credentials', ...form })
  tokensOf(await ask())
  calls.length = 0
  return { ...at, calls, before: (method, then) => first.set(method, then), ask }
}

const claims = ({ client }: { client: { metadata?: Record<string, unknown> } }) => ({
  plan: client.metadata?.['plan'] ?? 'none',
})

afterEach(() => jest.restoreAllMocks())

describe('a client that got a token for itself a short time ago', () => {
  it('gets the next one without being read', async () => {
    const at = await warm()
    const { access_token } = tokensOf(await at.ask())
    expect(at.calls).toEqual(['issue'])
    expect((await me(at, access_token)).status).toBe(200)
  })

  it('is read again after ten seconds', async () => {
    const at = await warm()
    const now = performance.now()
    jest.spyOn(performance, 'now').mockReturnValue(now + 10_000)
    tokensOf(await at.ask())
    expect(at.calls).toEqual(['getClient', 'issue'])
  })

  it('is read for other requests, such as an introspection and a refresh', async () => {
    const at = await warm()
    const { access_token } = tokensOf(await at.ask())
    at.calls.length = 0
    await request(at.app)
      .post('/oauth/introspect')
      .auth(at.web.id, at.web.secret!)
      .type('form')
      .send({ token: access_token })
    await askForToken(at, at.web, { grant_type: 'refresh_token', refresh_token: 'x' })
    expect(at.calls.filter((name) => name === 'getClient')).toHaveLength(2)
  })
})

const changes: [
  what: string,
  change: (at: Warm) => Promise<unknown>,
  expected: { status: number; error?: string },
][] = [
  ['is deleted', ({ store, web }) => deleteClient(store, web.id), refused(401, 'invalid_client')],
  [
    'has another secret',
    ({ store, web }) => rotateClientSecret(store, web.id),
    refused(401, 'invalid_client'),
  ],
  [
    'may no longer use the grant type',
    ({ store, web }) => updateClient(store, web.id, { grantTypes: ['refresh_token'] }),
    refused(400, 'unauthorized_client'),
  ],
  [
    'may no longer have the scope',
    ({ store, web }) => updateClient(store, web.id, { scopes: ['profile'] }),
    refused(400, 'invalid_scope'),
  ],
  [
    'must use another authentication method',
    ({ store, web }) => updateClient(store, web.id, { authMethod: 'client_secret_post' }),
    refused(401, 'invalid_client'),
  ],
  [
    'has another name',
    ({ store, web }) => updateClient(store, web.id, { name: 'New' }),
    { status: 200 },
  ],
]

function refused(status: number, error: string) {
  return { status, error }
}

function outcome({ status, body }: { status: number; body: { error?: string } }) {
  return status === 200 ? { status } : refused(status, body.error!)
}

describe.each(changes)('a remembered client that %s', (_what, change, expected) => {
  const form = { scope: 'email' }
  it('is judged as it is now', async () => {
    const at = await warm()
    await change(at)
    expect(outcome(await at.ask(at.web, form))).toEqual(expected)
    expect(outcome(await at.ask(at.web, form))).toEqual(expected)
  })

  it('is judged as it is now, if that happens while its token is issued', async () => {
    const at = await warm()
    at.before('issue', () => change(at))
    expect(outcome(await at.ask(at.web, form))).toEqual(expected)
  })
})

describe('a request of a remembered client', () => {
  it('gets a scope that was added after the client was remembered', async () => {
    const at = await warm()
    await updateClient(at.store, at.web.id, { scopes: ['profile', 'email', 'new'] })
    expect(tokensOf(await at.ask(at.web, { scope: 'new' })).scope).toBe('new')
  })

  it.each([
    ['claims', { claims }],
    ['scopes', { scopes: () => ['profile', 'email'] }],
    ['generateToken', { generateToken: async () => randomUUID() }],
    ['users.find', { users: { find: async (id: string) => ({ id }) } }],
    ['keys', { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey] }],
  ])('reads the client if the server has %s', async (_what, differences) => {
    const at = await warm(differences)
    tokensOf(await at.ask())
    expect(at.calls).toEqual(['getClient', 'issue'])
  })

  it('passes the present data of the client to the hooks, and a deletion counts at once', async () => {
    const at = await warm({ claims })
    await updateClient(at.store, at.web.id, { metadata: { plan: 'paid' } })
    expect((await at.ask()).body.plan).toBe('paid')
    await deleteClient(at.store, at.web.id)
    expect((await at.ask()).status).toBe(401)
  })

  it('does not expose the client if its secret was replaced', async () => {
    const seen: unknown[] = []
    const watch: RequestHandler = (req, res, next) => {
      res.on('finish', () => seen.push(req.oauth?.client?.id))
      next()
    }
    const at = await warm({ before: [watch] })
    tokensOf(await at.ask())
    await rotateClientSecret(at.store, at.web.id)
    expect((await at.ask()).status).toBe(401)
    expect(seen).toEqual([at.web.id, at.web.id, undefined])
  })

  it('is remembered from the time at which the client was read', async () => {
    const at = await warm()
    let now = performance.now() + 10_000
    jest.spyOn(performance, 'now').mockImplementation(() => now)
    at.before('issue', async () => (now += 9000))
    tokensOf(await at.ask())
    now += 1001
    at.calls.length = 0
    tokensOf(await at.ask())
    expect(at.calls).toEqual(['getClient', 'issue'])
  })

  it('with a wrong secret is refused after the client is read, and reported', async () => {
    const at = await warm()
    const failed: unknown[] = []
    at.oauth.events.on('client.authentication_failed', (event) => failed.push(event))
    expect((await at.ask({ ...at.web, secret: 'wrong' })).status).toBe(401)
    expect(at.calls).toEqual(['getClient'])
    expect(failed).toHaveLength(1)
  })

  it('is counted by the limiter if its secret can be guessed', async () => {
    const attempts: unknown[] = []
    const limiter: Limiter = {
      async take({ clientId }) {
        attempts.push(clientId)
        return { allowed: true, giveBack: async () => {} }
      },
    }
    const at = await warm({ webSecret: 'a chosen secret', limiter })
    for (const secret of ['guess 1', 'guess 2']) {
      expect((await at.ask({ ...at.web, secret })).status).toBe(401)
    }
    expect(attempts).toEqual([at.web.id, at.web.id, at.web.id])
    expect(at.calls).toEqual(['getClient', 'getClient'])
    // The right one is known, so that no slow verification and no look-up is needed.
    tokensOf(await at.ask())
    expect(at.calls).toEqual(['getClient', 'getClient', 'issue'])
  })

  it('is a 503 while the store fails', async () => {
    const at = await warm({ storeTimeout: 30 })
    at.before('issue', () => new Promise(() => {}))
    expect((await at.ask()).status).toBe(503)
  })

  it('is refused if the user that the client acts for is gone', async () => {
    const at = await warm()
    const { id } = await createUser(at.store, { username: 'alice', password: 'a password' })
    await updateClient(at.store, at.web.id, { userId: id })
    tokensOf(await at.ask())
    await deleteUser(at.store, 'alice')
    expect(refusal(await at.ask())).toMatchObject({ status: 400, error: 'invalid_grant' })
  })

  it('reads the client if there is a DPoP proof, which is accepted only once', async () => {
    const at = await warm()
    const answer = await at.ask().set('DPoP', 'not a proof')
    expect(answer.status).toBe(400)
    expect(at.calls).toEqual(['getClient'])
  })
})
