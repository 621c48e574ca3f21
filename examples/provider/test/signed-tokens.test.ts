import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { decodeProtectedHeader } from 'jose'
import type * as oauth4webapi from 'oauth4webapi'
import { ClientProgram } from '../../clients/test/support/client-program'
import { esModule } from './support/es-module'
import { authorizationRequest, authorize, demo } from './support/flow'
import { Program, type Running, startProvider } from './support/program'
import { tokens } from './support/tokens'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const root = path.resolve(__dirname, '../../..')

/** A folder for a key file. */
function keyFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-provider-keys-'))
  return {
    file: path.join(folder, 'keys.json'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function startSigning(environment: Record<string, string> = {}): Promise<Running> {
  return startProvider({ ACCESS_TOKEN_FORMAT: 'jwt', ...environment })
}

async function ownToken({ url }: Running): Promise<string> {
  const { access_token } = await tokens(url, { grant_type: 'client_credentials', scope: 'profile' })
  return access_token
}

/** The metadata of a provider, as oauth4webapi reads it. */
async function discover({ url }: Running) {
  const issuer = new URL(url)
  const options = { ...insecure, algorithm: 'oauth2' as const }
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
}

/** Validates an access token as an API does, with the keys of the provider. */
async function validated(provider: Running, token: string) {
  const request = new Request(`${provider.url}/photos`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  return oauth.validateJwtAccessToken(await discover(provider), request, provider.url, insecure)
}

/** Resolves with the tokens of the demo user, after signing in. */
async function userTokens(issuer: string) {
  const { url, verifier } = authorizationRequest(issuer)
  const { searchParams } = await authorize(issuer, url)
  return tokens(issuer, {
    grant_type: 'authorization_code',
    code: searchParams.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: demo.redirectUri,
  })
}

async function introspected({ url }: Running, token: string): Promise<unknown> {
  const answer = await fetch(`${url}/oauth/introspect`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: new URLSearchParams({ token }),
  })
  return answer.json()
}

async function me({ url }: Running, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` }
  return (await fetch(`${url}/api/me`, { headers })).status
}

describe('with ACCESS_TOKEN_FORMAT=jwt', () => {
  let provider: Running

  beforeAll(async () => {
    provider = await startSigning()
  })
  afterAll(() => provider.program.stop())

  it('signs tokens of a user that oauth4webapi validates, also after a refresh', async () => {
    const start = Math.floor(Date.now() / 1000)
    const first = await userTokens(provider.url)
    const claims = await validated(provider, first.access_token)
    expect(claims).toMatchObject({
      iss: provider.url,
      aud: provider.url,
      sub: expect.stringMatching(/^[0-9a-f]{32}$/),
      client_id: demo.clientId,
      scope: demo.scope,
    })
    expect(claims['auth_time']).toBeGreaterThanOrEqual(start)
    const second = await tokens(provider.url, {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    })
    const { sub, auth_time, jti } = await validated(provider, second.access_token)
    expect({ sub, auth_time }).toEqual({ sub: claims.sub, auth_time: claims['auth_time'] })
    expect(jti).not.toBe(claims.jti)
  })

  it("signs a client's own tokens, which have its id as subject", async () => {
    const claims = await validated(provider, await ownToken(provider))
    expect(claims).toMatchObject({ sub: demo.clientId, client_id: demo.clientId })
    expect(claims).not.toHaveProperty('auth_time')
  })

  it('introspects its tokens, and accepts none that is revoked', async () => {
    const token = await ownToken(provider)
    expect(await introspected(provider, token)).toMatchObject({ active: true })
    expect(await me(provider, token)).toBe(200)
    const server = await discover(provider)
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(
        server,
        { client_id: demo.clientId },
        oauth.ClientSecretBasic(demo.clientSecret),
        token,
        insecure,
      ),
    )
    expect(await introspected(provider, token)).toEqual({ active: false })
    expect(await me(provider, token)).toBe(401)
  })

  it('says that the key is in memory', () => {
    expect(provider.program.output).toContain('The signing key is in memory')
  })
})

describe('KEYS_FILE', () => {
  it('is created with two keys, and tokens can be verified after a restart', async () => {
    using place = keyFolder()
    let token: string
    {
      await using first = await startSigning({ KEYS_FILE: place.file })
      token = await ownToken(first)
      expect(first.program.output).not.toContain('in memory')
    }
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
    const { keys } = JSON.parse(readFileSync(place.file, 'utf8')) as { keys: { d: string }[] }
    expect(keys).toHaveLength(2)
    await using second = await startSigning({ KEYS_FILE: place.file })
    const published = await (await fetch(`${second.url}/oauth/jwks`)).text()
    expect(JSON.parse(published)).toMatchObject({ keys: [{ kty: 'EC' }, { kty: 'EC' }] })
    for (const { d } of keys) expect(published).not.toContain(d)
    const { kid } = decodeProtectedHeader(token)
    expect(published).toContain(`"${kid}"`)
  })

  it('that is wrong ends the start with one line', async () => {
    using place = keyFolder()
    writeFileSync(place.file, '{"keys":{"d":"a-secret"}}', { mode: 0o600 })
    const program = new Program('provider', { KEYS_FILE: place.file })
    expect(await program.exit).toBe(1)
    expect(program.output).toMatch(/^KEYS_FILE: .*keys\.json.*\n$/)
    expect(program.output).not.toContain('a-secret')
  })
})

describe('a rotation by oauth2-kit keys rotate', () => {
  it('needs no restart, and APIs accept tokens from before and after', async () => {
    using place = keyFolder()
    await using provider = await startSigning({ KEYS_FILE: place.file })
    await using api = new ClientProgram(path.join(root, 'examples/clients/api.mjs'), {
      ISSUER: provider.url,
      VERIFY: 'jwt',
    })
    const photos = async (token: string) => {
      const headers = { Authorization: `Bearer ${token}` }
      return (await fetch(`${await api.loopbackUrl()}/photos`, { headers })).status
    }
    const before = await ownToken(provider)
    // The API has the keys from before the rotation from here on.
    expect(await photos(before)).toBe(200)

    const program = path.join(root, 'cli/bin/oauth2-kit.js')
    expect(existsSync(program)).toBe(true)
    await promisify(execFile)(process.execPath, [program, 'keys', 'rotate', '--file', place.file])

    const old = decodeProtectedHeader(before).kid
    let after = before
    while (decodeProtectedHeader(after).kid === old) {
      // A provider reads the file again at the latest after a minute, or if its keys are requested.
      await fetch(`${provider.url}/oauth/jwks`)
      after = await ownToken(provider)
      expect(await photos(after)).toBe(200)
      await delay(100)
    }
    expect(await photos(before)).toBe(200)
    expect(await validated(provider, before)).toMatchObject({ client_id: demo.clientId })
    expect(await validated(provider, after)).toMatchObject({ client_id: demo.clientId })
    expect(await me(provider, before)).toBe(200)
  })
})
