import type { MemoryStore } from '@oauth2-kit/memory'
import type { Response } from 'supertest'
import { sha256 } from '../../src/crypto/hash'
import { expresses } from '../support/express'
import { type StoreCall, around, deferred } from './around'
import {
  type Code,
  type Differences,
  type Provider,
  about,
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  invalidGrant,
  me,
  provider,
  redirected,
  refresh,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf } from '../support/records'

const faults = {
  throws: () => {
    throw new Error('The database is away')
  },
  rejects: () => Promise.reject(new Error('The database is away')),
  'never answers': () => new Promise(() => {}),
} satisfies Record<string, () => unknown>

type Fault = keyof typeof faults

/** The requests of a client, and the store methods that each one calls. */
const requests: [what: string, ask: (at: Ready) => PromiseLike<Response>, methods: string[]][] = [
  ['a client_credentials request', own, ['getClient', 'issue']],
  ['an exchange of a code', (at) => exchange(at, at.web, at.code), ['getClient', 'find', 'redeem']],
  ['a refresh', (at) => refresh(at, at.web, at.refreshToken), ['getClient', 'find', 'redeem']],
  [
    'an introspection',
    (at) => about('introspect', at, at.web, at.refreshToken),
    ['getClient', 'find', 'isRedeemed'],
  ],
  ['a bearer check', (at) => me(at, at.accessToken), ['find']],
]

const cases = requests.flatMap(([what, ask, methods]) =>
  methods.flatMap((method) =>
    Object.keys(faults).map((fault) => [what, method, fault as Fault, ask] as const),
  ),
)

interface Ready extends Provider {
  code: Code
  accessToken: string
  refreshToken: string
  /** Replaces a method of the store. */
  fail: (method: string, instead: (call: StoreCall) => unknown) => void
  recover: () => void
  /** The hashes that the server tried to write with a replaced method. */
  attempted: string[]
}

describe.each(expresses)('a store that fails, on $version', ({ express }) => {
  async function ready(differences: Differences = {}): Promise<Ready> {
    const failing = new Map<string, (call: StoreCall) => unknown>()
    const attempted: string[] = []
    const through = (store: MemoryStore) =>
      around(store, (call) => {
        const instead = failing.get(call.name)
        if (!instead) return call.proceed()
        const [, written] = call.args as [unknown, { hash: string }[]?]
        attempted.push(...(written ?? []).map(({ hash }) => hash))
        return instead(call)
      })
    const at = await provider(express, { storeTimeout: 30, through, ...differences })
    const { access_token, refresh_token } = await signIn(at, at.web)
    return {
      ...at,
      code: await getCode(at, at.web),
      accessToken: access_token,
      refreshToken: refresh_token,
      fail: (method, instead) => failing.set(method, instead),
      recover: () => failing.clear(),
      attempted,
    }
  }

  it.each(cases)(
    'security 42: %s while %s %s is a 503, writes nothing, and succeeds afterwards',
    async (_what, method, fault, ask) => {
      const at = await ready()
      at.fail(method, faults[fault])
      expectUnavailable(await ask(at))
      await expectNothingWritten(at)
      at.recover()
      expect((await ask(at)).status).toBe(200)
    },
  )

  it.each(Object.keys(faults) as Fault[])(
    'security 42: an authorization request while getClient %s is a 503, and no redirect',
    async (fault) => {
      const at = await ready()
      at.fail('getClient', faults[fault])
      const answer = await authorize(at, authorizationRequest(at.web).parameters)
      expectUnavailable(answer)
      expect(answer.headers).not.toHaveProperty('location')
    },
  )

  it.each(Object.keys(faults) as Fault[])(
    'security 42: while issue %s, an authorization request redirects with an error',
    async (fault) => {
      const at = await ready()
      at.fail('issue', faults[fault])
      const { parameters } = authorizationRequest(at.web)
      const sent = redirected(await authorize(at, parameters))
      expect(sent).toMatchObject({
        error: 'temporarily_unavailable',
        state: parameters['state'],
      })
      expect(sent).not.toHaveProperty('code')
      await expectNothingWritten(at)
    },
  )

  it.each(Object.keys(faults) as Fault[])(
    'security 42: a replay while revoke %s is a 503, and the next one revokes the grant',
    async (fault) => {
      const at = await ready({ refreshGrace: 0 })
      tokensOf(await refresh(at, at.web, at.refreshToken))
      at.fail('revoke', faults[fault])
      expectUnavailable(await refresh(at, at.web, at.refreshToken))
      at.recover()
      expect(refusal(await refresh(at, at.web, at.refreshToken))).toEqual(invalidGrant)
      expect((await me(at, at.accessToken)).status).toBe(401)
    },
  )

  it.each<[string, string, (at: Ready, found: never) => unknown]>([
    ['another client', 'getClient', (_at, client: object) => ({ ...client, id: 'another' })],
    ['another credential', 'find', (at) => at.store.find(sha256(at.accessToken))],
    ['a credential without a hash', 'find', () => ({ kind: 'access', expiresAt: null })],
    ['a hash in upper case', 'find', (_at, found: { hash: string }) => upperCased(found)],
  ])('security 42: %s from %s is a 500, because it violates the contract', async (...row) => {
    const [, method, change] = row
    const at = await ready()
    at.fail(method, async ({ proceed }) => change(at, (await proceed()) as never))
    const answer = await refresh(at, at.web, at.refreshToken)
    expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
  })

  it.each<[string, string, (found: object) => unknown]>([
    ['data that is not JSON', 'find', (found) => ({ ...found, data: '{' })],
    ['undefined', 'redeem', () => undefined],
  ])('security 42: %s from %s is a 503', async (_what, method, change) => {
    const at = await ready()
    at.fail(method, async ({ proceed }) => change((await proceed()) as never))
    const answer = await refresh(at, at.web, at.refreshToken)
    expect(answer.status).toBe(503)
    expectUnavailable(answer)
  })

  it('security 42: a different credential from the store grants no access', async () => {
    const at = await ready()
    at.fail('find', () => at.store.find(sha256(at.accessToken)))
    expect(refusal(await me(at, 'a'.repeat(40)))).toEqual({ status: 500, error: 'server_error' })
    expect((await me(at, at.accessToken)).status).toBe(200)
  })

  it('a refresh whose store response was lost can be repeated', async () => {
    const at = await ready()
    at.fail('redeem', async ({ proceed }) => {
      await proceed()
      return new Promise(() => {})
    })
    expectUnavailable(await refresh(at, at.web, at.refreshToken))
    at.recover()
    const tokens = tokensOf(await refresh(at, at.web, at.refreshToken))
    expect((await me(at, tokens.access_token)).status).toBe(200)
    tokensOf(await refresh(at, at.web, tokens.refresh_token))
  })

  it('security 42: users.find that fails is a 503, not a 401', async () => {
    let isAway = false
    const find = (id: string) =>
      isAway ? Promise.reject(new Error('away')) : Promise.resolve({ id })
    const at = await ready({ users: { find } })
    isAway = true
    const answer = await me(at, at.accessToken)
    expect(answer.status).toBe(503)
    expectUnavailable(answer)
  })

  it('a store result that comes after the timeout is ignored', async () => {
    const at = await ready()
    const late = deferred<null>()
    at.fail('find', () => late.promise)
    expectUnavailable(await me(at, at.accessToken))
    late.resolve(null)
    at.recover()
    expect((await me(at, at.accessToken)).status).toBe(200)
  })
})

function own(at: Provider) {
  return askForToken(at, at.web, { grant_type: 'client_credentials' })
}

function expectUnavailable(answer: Response): void {
  expect(refusal(answer)).toEqual({ status: 503, error: 'temporarily_unavailable' })
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.text).not.toContain('database')
}

/** Expects that nothing the server tried to write is stored, and that nothing was removed. */
async function expectNothingWritten({ store, web, attempted }: Ready): Promise<void> {
  const found = await Promise.all(attempted.map((hash) => store.find(hash)))
  expect(found.filter((credential) => credential !== null)).toEqual([])
  // One grant of the sign-in, one of the code.
  expect(await grantsOf(store, { clientId: web.id })).toHaveLength(2)
}

function upperCased(found: { hash: string }) {
  return { ...found, hash: found.hash.toUpperCase() }
}
