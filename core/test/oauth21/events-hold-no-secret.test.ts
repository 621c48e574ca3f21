import { readFileSync } from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { createUser, revokeGrants } from '@oauth2-kit/core'
import request from 'supertest'
import { sha256 } from '../../src/crypto/hash'
import { asClient, signed, testKey } from '../support/assertions'
import { passwords } from '../support/quick-passwords'
import { CountingLimiter } from '../support/counting-limiter'
import { expresses } from '../support/express'
import {
  type Provider,
  type TestClient,
  about,
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  issuer,
  me,
  provider,
  redirected,
  refresh,
  register,
  tokensOf,
} from '../support/provider'
import { managing, registered, registering, replacing } from '../support/registration'
import { around } from './around'

const source = readFileSync(path.join(__dirname, '../../src/events.ts'), 'utf8')
const [, map = ''] = /export interface EventMap \{\n(.*?)\n\}/s.exec(source) ?? []
/** The names of all events. */
const names = [...map.matchAll(/^ {2}'([\w.]+)':/gm)].map(([, name]) => name!)

const wrong = { secret: 'a-secret-that-is-wrong', password: 'a-password-that-is-wrong' }
const password = 'the-password-of-ada'
const initialAccessToken = 'the-initial-access-token'
const username = 'ada'

describe.each(expresses)('events on $version', ({ express }) => {
  beforeEach(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {}))
  afterEach(() => jest.restoreAllMocks())

  it('contain no token, code, verifier, secret or password, nor a hash of one', async () => {
    const at = await provider(express, {
      grants: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      limiter: new CountingLimiter(1),
      passwords,
      registration: { scopes: [], initialAccessToken },
      fetchJwks: () => Promise.reject(new Error('away')),
      clientMetadata: { scopes: null, fetch: () => Promise.reject(new Error('away')) },
      through: (store) =>
        around(store, ({ name, args, proceed }) =>
          name === 'find' && args[0] === sha256('away')
            ? Promise.reject(new Error('away'))
            : proceed(),
        ),
    })
    const heard: [string, unknown[]][] = []
    for (const name of names) {
      at.oauth.events.on(name as 'token.issued', (...event) => heard.push([name, event]))
    }
    const secrets = await walk(at)

    const emitted = new Set(heard.map(([name]) => name))
    expect([...emitted].toSorted()).toEqual(expectedNames())
    expect(secrets.length).toBeGreaterThan(15)
    const text = `${inspect(heard, { depth: Infinity, showHidden: true })}${JSON.stringify(heard)}`
    for (const secret of secrets) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(sha256(secret))
      expect(text).not.toContain(encodeURIComponent(secret))
    }
  })
})

/** The events that can occur here: a working limiter never fails. */
function expectedNames(): string[] {
  return names.filter((name) => name !== 'limiter.failed' && name !== 'keys.failed').toSorted()
}

/** Runs every flow and refusal that emits an event. Returns the secrets used in them. */
async function walk(at: Provider): Promise<string[]> {
  const secrets = [...Object.values(wrong), password, at.web.secret!, at.post.secret!]
  const keep = (...more: string[]) => secrets.push(...more)
  const granted = (answer: Parameters<typeof tokensOf>[0]) => {
    const tokens = tokensOf(answer)
    keep(tokens.access_token)
    if (tokens.refresh_token) keep(tokens.refresh_token)
    return tokens
  }

  for (const client of [at.web, at.post, at.spa]) {
    await codeFlow(at, client, keep, granted)
  }
  const own = granted(await askForToken(at, at.web, { grant_type: 'client_credentials' }))
  await me(at, own.access_token)
  await about('introspect', at, at.web, own.access_token)
  await about('revoke', at, at.web, own.access_token)
  await me(at, 'away')

  const legacy = await register(at.store, { grantTypes: ['password'], redirectUris: [] })
  keep(legacy.secret!)
  await createUser(at.store, { username, password }, { passwords })
  const form = { grant_type: 'password', username }
  granted(await askForToken(at, legacy, { ...form, password }))
  await askForToken(at, legacy, { ...form, password: wrong.password })
  // Refused by the limiter.
  await askForToken(at, legacy, { ...form, password })
  // The password in place of the username.
  await askForToken(at, legacy, { ...form, username: password, password })
  for (const client of [at.web, at.post]) {
    for (const secret of [wrong.secret, client.secret]) {
      const ask = { grant_type: 'client_credentials' }
      await askForToken(at, { ...client, secret }, ask)
    }
  }
  keep(await presentAssertion(at))
  // The document of this client is away.
  const secret = wrong.secret
  await about(
    'revoke',
    at,
    { ...at.post, id: 'https://client.example/app', secret },
    own.access_token,
  )
  await revokeGrants(at.store, { clientId: legacy.id }, { events: at.oauth.events })
  keep(initialAccessToken, ...(await registerItself(at)))
  await request(at.app).get('/oauth/token').query({ client_secret: wrong.secret })
  return secrets
}

/** Registers a client, changes and deletes it. Returns its secret and its token. */
async function registerItself(at: Provider): Promise<string[]> {
  const metadata = { redirect_uris: ['https://app.example/'] }
  const of = await registered(at, metadata, initialAccessToken)
  await managing(at, 'put', of, replacing(of))
  await managing(at, 'delete', of)
  await registering(at, metadata, wrong.secret)
  return [of.client_secret!, of.registration_access_token]
}

/** Presents an assertion that cannot be verified, because the keys of its client are away. */
async function presentAssertion(at: Provider): Promise<string> {
  const client = await register(at.store, {
    grantTypes: ['client_credentials'],
    authMethod: 'private_key_jwt',
    jwksUri: 'https://client.example/jwks',
  })
  const claims = { iss: client.id, sub: client.id, aud: issuer }
  const assertion = await signed(testKey(), claims, at.clock.at)
  const form = { grant_type: 'client_credentials', ...asClient(assertion) }
  await request(at.app).post('/oauth/token').type('form').send(form)
  return assertion
}

/** Redeems a code and refreshes its token, repeats both, and burns a code. */
async function codeFlow(
  at: Provider,
  client: TestClient,
  keep: (...secrets: string[]) => void,
  granted: (answer: Parameters<typeof tokensOf>[0]) => { refresh_token: string },
): Promise<void> {
  const { verifier, parameters } = authorizationRequest(client)
  const { code = '' } = redirected(await authorize(at, parameters))
  const presented = { code, verifier, redirectUri: client.redirectUri }
  keep(code, verifier)
  const { refresh_token } = granted(await exchange(at, client, presented))
  granted(await refresh(at, client, refresh_token))
  granted(await refresh(at, client, refresh_token))
  at.clock.step(10_000)
  await refresh(at, client, refresh_token)

  const other = await getCode(at, client)
  keep(other.code, other.verifier)
  granted(await exchange(at, client, other))
  await exchange(at, client, other)
  const burnt = await getCode(at, client)
  keep(burnt.code, burnt.verifier)
  await exchange(at, client, burnt, { code_verifier: 'a'.repeat(43) })
}
