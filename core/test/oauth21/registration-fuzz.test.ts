import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import * as fc from 'fast-check'
import { assertClient } from '../../src/admin/create-client'
import { newKey } from '../support/jwt'

// Sends metadata with right, wrong and hostile members. Every response must be a registration or an
// error of RFC 7591. FUZZ_SEED replays a run, FUZZ_RUNS sets its length.

const seed =
  process.env['FUZZ_SEED'] === undefined ? Date.now() % 2 ** 31 : Number(process.env['FUZZ_SEED'])
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

const errors =
  /^(?:invalid_client_metadata|invalid_redirect_uri|invalid_software_statement|unapproved_software_statement)$/
const issuer = 'https://auth.example'
const { d: _, ...publicKey } = newKey({ kid: 'a' })

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '\u202e',
    '\u2028',
    '__proto__',
    'constructor',
    'x'.repeat(600),
  ),
)
const anything = fc.oneof(text, fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>)
const uri = fc.oneof(
  fc.webUrl(),
  text,
  fc.constantFrom('http://127.0.0.1/', 'cursor://cb', 'javascript:alert(1)', 'data:,x', 'a.b:/c'),
)
const listOf = (of: fc.Arbitrary<unknown>) => fc.array(of, { maxLength: 4 })
const name = fc.constantFrom('App', 'Ada\u2019s app \u{1f388}', '', 'a.b$c')
const page = fc.constantFrom('https://app.example/page', 'http://app.example')
const redirectUri = fc.constantFrom(
  'https://app.example/callback',
  'http://127.0.0.1/callback',
  'http://localhost:7/',
  'cursor://callback',
  'com.example.app:/callback',
)

/** Right values of each member. */
const right = {
  redirect_uris: fc.array(redirectUri, { minLength: 1, maxLength: 4 }),
  token_endpoint_auth_method: fc.constantFrom('none', 'client_secret_basic', 'client_secret_post'),
  grant_types: listOf(fc.constantFrom('refresh_token', 'client_credentials', 'password')).map(
    (all) => ['authorization_code', ...all],
  ),
  response_types: fc.constantFrom(['code'], ['token', 'code']),
  client_name: name,
  client_uri: page,
  logo_uri: page,
  tos_uri: page,
  policy_uri: page,
  scope: fc.constantFrom('a', 'a b', ''),
  contacts: listOf(name),
  software_id: name,
  software_version: name,
  dpop_bound_access_tokens: fc.boolean(),
  require_pushed_authorization_requests: fc.boolean(),
  application_type: anything,
  client_id: anything,
  client_secret: anything,
  jwks_uri: fc.constant(null),
}

/** Values of all kinds of members, which are rarely right. */
const hostile = fc.dictionary(
  fc.constantFrom(...Object.keys(right), 'jwks', 'software_statement', '__proto__', 'constructor'),
  fc.oneof(
    anything,
    uri,
    listOf(fc.oneof(uri, anything)),
    fc.record({ keys: listOf(fc.oneof(fc.constant(publicKey), anything)) }),
    fc.constant('private_key_jwt'),
  ),
  { maxKeys: 2 },
)

const metadata = fc
  .tuple(fc.record(right, { requiredKeys: ['redirect_uris'] }), hostile)
  .map(([one, other]) => ({ ...one, ...other }))

function assertRefusal(status: number, { error, error_description: text }: Record<string, string>) {
  expect([status, error]).toEqual([400, expect.stringMatching(errors)])
  expect(text).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
}

it(`any metadata is registered or refused (seed ${seed})`, async () => {
  const store = memoryStore()
  const reported: unknown[] = []
  const privateUseSchemes = ['cursor']
  const oauth = oauthserver({
    store,
    issuer,
    debug: (error) => {
      if (error.code >= 500) reported.push(error)
    },
    registration: {
      scopes: ['a', 'b'],
      open: true,
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      privateUseSchemes,
    },
  })
  const hooks = { authenticate: () => null, consent: () => null }
  const send = (method: string, url: string, body?: unknown, token?: string) =>
    oauth.fetch(
      new Request(url, {
        method,
        headers: {
          'Content-Type': 'application/json',
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
      hooks,
    )
  let registrations = 0

  await fc.assert(
    fc.asyncProperty(metadata, async (sent) => {
      const response = await send('POST', `${issuer}/oauth/register`, sent)
      const body = (await response.json()) as Record<string, string>
      if (response.status !== 201) {
        assertRefusal(response.status, body)
        return
      }
      registrations++
      const client = (await store.getClient(body['client_id']!))!
      expect(() => assertClient(client, privateUseSchemes)).not.toThrow()
      const { registration_client_uri: url = '', registration_access_token: token } = body
      const read = (await (await send('GET', url, undefined, token)).json()) as object
      const { client_secret: __, client_secret_expires_at: ___, ...shown } = body
      expect(read).toEqual(shown)
      const {
        registration_access_token: ____,
        registration_client_uri: _____,
        client_secret_expires_at: ______,
        client_id_issued_at: _______,
        ...again
      } = body
      // What the server has returned can be sent back unchanged, as RFC 7592 2.2 requires.
      expect((await send('PUT', url, again, token)).status).toBe(200)
      const { version: v1, ...before } = client
      const { version: v2, ...after } = (await store.getClient(client.id))!
      expect(v2).not.toBe(v1)
      expect(after).toMatchObject({
        ...before,
        ...(after.authMethod && { authMethod: after.authMethod }),
      })
      expect((await send('DELETE', url, undefined, token)).status).toBe(204)
    }),
    { seed, numRuns },
  )
  expect(reported).toEqual([])
  expect(registrations).toBeGreaterThan(numRuns / 10)
})
