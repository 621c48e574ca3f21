import type { EventMap, Limiter } from '@oauth2-kit/core'
import { InvalidGrantError } from '@oauth2-kit/core'
import { CountingLimiter } from '../support/counting-limiter'
import { expresses } from '../support/express'
import {
  type Differences,
  type Provider,
  type TestClient,
  askForToken,
  provider,
  refusal,
  register,
  tokensOf,
} from '../support/provider'
import { loopback } from '../support/loopback'
import { passwords } from '../support/quick-passwords'
import { until } from '../support/until'
import { askForToken as askV2, v2App } from '../support/v2-app'
import { around, deferred } from './around'

const ownToken = { grant_type: 'client_credentials' }
const tooMany = { status: 429, error: 'temporarily_unavailable' }
const guessable = { webSecret: 'chosen by a person', passwords }
const wrongSecret = { status: 401, error: 'invalid_client' }

/** Requests a client_credentials token with this secret. */
function ask(at: Provider, client: TestClient, secret = client.secret) {
  return askForToken(at, { ...client, secret }, ownToken)
}

describe.each(expresses)('the limiter on $version', ({ express }) => {
  beforeEach(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {}))
  afterEach(() => jest.restoreAllMocks())

  async function limited(failures: number, differences: Differences = {}) {
    const limiter = new CountingLimiter(failures)
    return { limiter, at: await provider(express, { limiter, ...guessable, ...differences }) }
  }

  async function failing(take: Limiter['take'], storeTimeout = 1000) {
    const at = await provider(express, { limiter: { take }, storeTimeout, ...guessable })
    const heard: unknown[] = []
    at.oauth.events.on('limiter.failed', ({ error }) => heard.push(error))
    return { at, heard }
  }

  it('security 40: a client with too many wrong secrets gets a 429 with Retry-After', async () => {
    const { at } = await limited(3)
    for (const secret of ['wrong 1', 'wrong 2', 'wrong 3']) {
      expect(refusal(await ask(at, at.web, secret))).toEqual(wrongSecret)
    }
    const refused = await ask(at, at.web, 'wrong 4')
    expect(refusal(refused)).toEqual(tooMany)
    expect(refused.body).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too many failed attempts',
    })
    expect(refused.headers).toMatchObject({ 'retry-after': '8', 'cache-control': 'no-store' })
    expect(refused.headers).not.toHaveProperty('www-authenticate')
  })

  it('security 40: the refusal does not reveal whether the secret is right', async () => {
    const { at } = await limited(1)
    await ask(at, at.web, 'wrong')
    const [right, wrong] = [await ask(at, at.web), await ask(at, at.web, 'wrong')]
    expect(refusal(right)).toEqual(tooMany)
    expect([right.text, right.headers['retry-after']]).toEqual([
      wrong.text,
      wrong.headers['retry-after'],
    ])
  })

  it('F6: counts nothing if there is no secret that can be guessed', async () => {
    const { at, limiter } = await limited(1)
    const generated = await register(at.store, { grantTypes: ['client_credentials'] })
    const missing = { ...at.web, id: 'nobody' }
    const isPublic = { ...at.spa, authMethod: 'client_secret_post' as const }
    for (const client of [generated, missing, isPublic]) {
      for (const secret of ['a', 'b', 'c']) {
        expect(refusal(await ask(at, client, secret))).toEqual(wrongSecret)
      }
    }
    tokensOf(await ask(at, generated))
    expect(limiter.taken).toEqual([])
  })

  it('F6: a secret that was right before is accepted, regardless of wrong guesses', async () => {
    const { at, limiter } = await limited(1)
    tokensOf(await ask(at, at.web))
    expect(refusal(await ask(at, at.web, 'wrong'))).toEqual(wrongSecret)
    expect(refusal(await ask(at, at.web, 'wrong again'))).toEqual(tooMany)
    tokensOf(await ask(at, at.web))
    expect(limiter.count({ clientId: at.web.id })).toBe(1)
  })

  it('security 40: checks no more of 50 concurrent guesses than are allowed', async () => {
    let checked = 0
    const { at } = await limited(3, {
      passwords: {
        ...passwords,
        async verify(secret, hash) {
          checked++
          await new Promise(setImmediate)
          return passwords.verify(secret, hash)
        },
      },
    })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => ask(at, at.web, `guess ${n}`)),
    )
    expect(checked).toBe(3)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(47)
  })

  it('security 40: does not limit sequential requests with the right secret', async () => {
    const { at, limiter } = await limited(1)
    for (let n = 0; n < 20; n++) {
      tokensOf(await ask(at, at.web))
    }
    expect(limiter.count({ clientId: at.web.id })).toBe(0)
  })

  it('security 40: does not limit concurrent requests with the right secret', async () => {
    const { at, limiter } = await limited(1)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(at, at.web)))
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(limiter.count({ clientId: at.web.id })).toBe(0)
    expect(limiter.taken).toHaveLength(limiter.givenBack.length)
  })

  it('a secret that cannot be checked is not counted as a failure', async () => {
    const { at, limiter } = await limited(1, {
      through: (store) =>
        around(store, ({ name, proceed }) =>
          name === 'getClient' ? Promise.reject(new Error('away')) : proceed(),
        ),
    })
    expect((await ask(at, at.web)).status).toBe(503)
    expect((await ask(at, at.web, 'wrong')).status).toBe(503)
    expect(limiter.count({ clientId: at.web.id })).toBe(0)
  })

  describe('passwords', () => {
    const form = { grant_type: 'password', username: 'ada' }

    async function withUsers(
      failures: number,
      authenticate?: () => Promise<null>,
      differences: Differences = {},
    ) {
      const { at, limiter } = await limited(failures, {
        ...differences,
        grants: ['password', 'client_credentials'],
        users: { authenticate: authenticate ?? isAda },
      })
      const client = await register(at.store, { grantTypes: ['password'], redirectUris: [] })
      const guess = (password: string) => askForToken(at, client, { ...form, password })
      return { at, limiter, client, guess }
    }

    it('security 40: a user whose password was wrong too often gets a 429', async () => {
      const { guess, limiter, client } = await withUsers(2)
      tokensOf(await guess('right'))
      for (const password of ['wrong 1', 'wrong 2']) {
        expect(refusal(await guess(password))).toEqual({ status: 400, error: 'invalid_grant' })
      }
      const refused = await guess('right')
      expect(refusal(refused)).toEqual(tooMany)
      expect(refused.headers['retry-after']).toBe('8')
      // The client secret was right each time.
      expect(limiter.count({ clientId: client.id })).toBe(0)
    })

    it('security 40: checks no more of 20 concurrent passwords than are allowed', async () => {
      let checked = 0
      const { guess } = await withUsers(3, async () => {
        checked++
        return null
      })
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => guess(`guess ${n}`)))
      expect(checked).toBe(3)
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(17)
    })

    it('an OAuth error of the application counts as a failure, any other does not', async () => {
      const errors = [new Error('away'), new InvalidGrantError('Locked')]
      const { guess, limiter } = await withUsers(1, () => Promise.reject(errors.shift()))
      expect((await guess('a')).status).toBe(503)
      expect(refusal(await guess('b'))).toEqual({ status: 400, error: 'invalid_grant' })
      expect(refusal(await guess('c'))).toEqual(tooMany)
      expect(limiter.count({ clientId: '', username: 'ada' })).toBe(1)
    })

    it('a password check that times out counts once it has failed', async () => {
      const result = deferred<null>()
      const { at, limiter, client } = await withUsers(1, () => result.promise, { storeTimeout: 20 })
      const guess = () => askForToken(at, client, { ...form, password: 'a' })
      expect((await guess()).status).toBe(503)
      result.resolve(null)
      await new Promise(setImmediate)
      expect(limiter.count({ clientId: '', username: 'ada' })).toBe(1)
      expect(refusal(await guess())).toEqual(tooMany)
    })

    it('the limiter receives the client, the user and the address', async () => {
      const { guess, limiter, client } = await withUsers(9)
      await guess('wrong')
      expect(limiter.taken).toEqual([{ clientId: client.id, username: 'ada', address: loopback }])
      expect(limiter.givenBack).toEqual([])
    })
  })

  describe('the address', () => {
    const forwarded = { 'X-Forwarded-For': '203.0.113.7' }

    it('comes from the proxies that Express trusts', async () => {
      const { at, limiter } = await limited(9)
      await ask(at, at.web, 'wrong').set(forwarded)
      at.app.set('trust proxy', 1)
      await ask(at, at.web, 'wrong').set(forwarded)
      expect(limiter.taken.map(({ address }) => address)).toEqual([loopback, '203.0.113.7'])
    })

    it('comes from clientAddress if it is set', async () => {
      const { at, limiter } = await limited(9, {
        clientAddress: (req) => req.headers['x-client']?.toString(),
      })
      await ask(at, at.web, 'wrong').set('X-Client', '203.0.113.8')
      await ask(at, at.web, 'wrong')
      expect(limiter.taken.map(({ address }) => address)).toEqual(['203.0.113.8', undefined])
    })
  })

  describe('a limiter that fails', () => {
    const away = new Error('away')

    it.each<[string, Limiter['take']]>([
      ['rejects', () => Promise.reject(away)],
      [
        'throws',
        () => {
          throw away
        },
      ],
    ])('%s: the request is allowed and the error is reported', async (_what, take) => {
      const { at, heard } = await failing(take)
      tokensOf(await ask(at, at.web))
      expect(refusal(await ask(at, at.web, 'wrong'))).toEqual(wrongSecret)
      expect(heard).toEqual([away, away])
    })

    it('hangs: the request continues after the timeout and the error is reported', async () => {
      const { at, heard } = await failing(() => new Promise(() => {}), 20)
      tokensOf(await ask(at, at.web))
      expect(heard).toEqual([
        expect.objectContaining({ message: "The limiter's take did not answer within 20 ms" }),
      ])
    })

    it('returns undefined: the request is allowed and the error is reported', async () => {
      const { at, heard } = await failing(async () => undefined as never)
      tokensOf(await ask(at, at.web))
      expect(heard).toEqual([expect.any(TypeError)])
    })

    it('rejects in giveBack(): the response is the same and the error is reported', async () => {
      const { at, heard } = await failing(async () => ({
        allowed: true,
        giveBack: () => Promise.reject(away),
      }))
      tokensOf(await ask(at, at.web))
      await until(() => heard.length > 0)
      expect(heard).toEqual([away])
    })

    it('returns a problem: the problem is reported', async () => {
      const { at, heard } = await failing(async () => ({
        allowed: true,
        giveBack: async () => {},
        problem: away,
      }))
      tokensOf(await ask(at, at.web))
      expect(heard).toEqual([away])
    })
  })

  it('limiter.refused: reports who was refused and for how long', async () => {
    const { at } = await limited(0)
    const heard: EventMap['limiter.refused'][0][] = []
    at.oauth.events.on('limiter.refused', (event) => heard.push(event))
    await ask(at, at.web)
    expect(heard).toEqual([
      { secretOf: 'client', clientId: at.web.id, address: loopback, retryAfterSeconds: 8 },
    ])
  })

  it("security 40: on a 2.4 model it is a 429 too, in the format of profile 'v2'", async () => {
    const { app, called, client } = v2App(express, { limiter: new CountingLimiter(1) })
    const form = { ...ownToken, client_id: client.clientId }
    const answers = [
      await askV2(app, { ...form, client_secret: 'wrong' }),
      await askV2(app, { ...form, client_secret: client.clientSecret }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 429])
    expect(answers[1]?.headers['retry-after']).toBe('8')
    expect(answers[1]?.body).toEqual({
      code: 429,
      error: 'temporarily_unavailable',
      error_description: 'Too many failed attempts',
    })
    expect(called()).toEqual(['getClient'])
  })
})

async function isAda(username: string, password: string): Promise<{ id: string } | null> {
  return username === 'ada' && password === 'right' ? { id: 'ada' } : null
}
