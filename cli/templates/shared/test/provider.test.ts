import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { createClient, createUser } from '@oauth2-kit/core'
import { Browser } from './browser.js'
import { type TestProvider, startProvider } from './start-provider.js'

const user = { username: 'ada', password: 'a long password' }
const redirectUri = 'http://127.0.0.1:4000/callback'

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

let provider: TestProvider
let credentials: string

before(async () => {
  provider = await startProvider()
  await createUser(provider.store, user)
  const { client, secret } = await createClient(provider.store, {
    name: 'Test',
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: ['profile'],
  })
  credentials = `${client.id}:${secret}`
  await createClient(provider.store, {
    id: 'tv',
    type: 'public',
    grantTypes: [deviceCode],
    scopes: ['profile'],
  })
})
after(() => provider.stop())

/** Sends a request to the token endpoint. */
async function token(fields: Record<string, string>) {
  const response = await fetch(`${provider.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams(fields),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

/** Sends a request of the device, which has no secret. */
async function device(path: string, fields: Record<string, string>) {
  const body = new URLSearchParams({ client_id: 'tv', ...fields })
  const response = await fetch(`${provider.url}/oauth/${path}`, { method: 'POST', body })
  return (await response.json()) as Record<string, string>
}

/** Calls the API. */
async function me(accessToken: string) {
  const headers = { authorization: `Bearer ${accessToken}` }
  const response = await fetch(`${provider.url}/api/me`, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the provider', () => {
  it('signs a user in, issues tokens for the user, and accepts them at the API', async () => {
    const verifier = randomBytes(32).toString('base64url')
    const [clientId = ''] = credentials.split(':')
    const request = `/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'profile',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()}`
    const browser = new Browser(provider.url)
    const { location: signIn } = await browser.get(request)
    const { location: back } = await browser.submit(await browser.get(signIn), signIn, user)
    const consent = await browser.get(back)
    assert.match(consent.html, /Allow Test to use your account\?/)
    const fields = { granted: 'profile', decision: 'allow' }
    const { location } = await browser.submit(consent, back, fields)
    const code = new URL(location).searchParams.get('code') ?? ''

    const exchange = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    const { status, body } = await token(exchange)
    assert.equal(status, 200)
    assert.equal((await me(body['access_token'] ?? '')).body['username'], user.username)
    // A code is valid once.
    assert.equal((await token(exchange)).status, 400)
  })

  it('issues a token for a device, once its user has compared the code', async () => {
    const { device_code = '', user_code = '' } = await device('device_authorization', {
      scope: 'profile',
    })
    const poll = () => device('token', { grant_type: deviceCode, device_code })
    const request = `/oauth/device?user_code=${user_code}`
    const browser = new Browser(provider.url)
    const { location: signIn } = await browser.get(request)
    const { location: back } = await browser.submit(await browser.get(signIn), signIn, user)
    const consent = await browser.get(back)
    assert.match(consent.html, new RegExp(`My device shows the code .*${user_code}`))
    const fields = { granted: 'profile', decision: 'allow' }
    assert.equal((await browser.submit(consent, back, fields)).status, 422)
    assert.equal((await poll())['error'], 'authorization_pending')
    await browser.submit(consent, back, { ...fields, compared: 'yes' })
    const { access_token = '' } = await poll()
    assert.equal((await me(access_token)).body['username'], user.username)
  })

  it('issues a token for a client itself', async () => {
    const { body } = await token({ grant_type: 'client_credentials', scope: 'profile' })
    const answer = await me(body['access_token'] ?? '')
    assert.deepEqual([answer.status, answer.body['username']], [200, null])
  })

  it('refuses a wrong password and an unknown token', async () => {
    const browser = new Browser(provider.url)
    const wrong = { ...user, password: 'wrong' }
    const page = await browser.submit(await browser.get('/sign-in'), '/sign-in', wrong)
    assert.equal(page.status, 422)
    const response = await fetch(`${provider.url}/api/me`, {
      headers: { authorization: 'Bearer x' },
    })
    assert.equal(response.status, 401)
  })
})
