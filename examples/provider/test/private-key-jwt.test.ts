import { execFile } from 'node:child_process'
import type { webcrypto } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { type JWK, SignJWT, importJWK } from 'jose'
import type * as oauth4webapi from 'oauth4webapi'
import type * as openidClient from 'openid-client'
import { programFolder, root } from '../../../test/support/programs'
import { esModule } from './support/es-module'
import { demo } from './support/flow'
import { type Running, startProvider } from './support/program'

// Clients that authenticate with a key (RFC 7523 2.2), and assertions about users (RFC 7523 2.1),
// by the two libraries, with keys and a client that the command line has made.

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const client = esModule<typeof openidClient>('openid-client')
const insecure = { [oauth.allowInsecureRequests]: true }
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const trusted = 'https://issuer.example.com'
const id = 'service'
const refused = (error: string) => expect.objectContaining({ error })

let place: ReturnType<typeof programFolder>
let provider: Running
let server: oauth4webapi.AuthorizationServer

/** Runs `oauth2-kit` in the folder, and resolves with what it prints. */
async function kit(...argv: string[]): Promise<string> {
  const program = path.join(root, 'cli/bin/oauth2-kit.js')
  const options = { cwd: place.folder }
  return (await promisify(execFile)(process.execPath, [program, ...argv], options)).stdout
}

/** Makes keys, with the file NAME.jwks.json of their public halves. */
async function makeKeys(name: string): Promise<void> {
  await kit('keys', 'generate', '--file', `${name}.json`)
  const printed = await kit('keys', 'public', '--file', `${name}.json`)
  writeFileSync(path.join(place.folder, `${name}.jwks.json`), printed)
}

async function privateKey(name: string): Promise<{ key: webcrypto.CryptoKey; kid: string }> {
  const text = readFileSync(path.join(place.folder, `${name}.json`), 'utf8')
  const [jwk] = (JSON.parse(text) as { keys: [JWK & { kid: string }] }).keys
  return { key: (await importJWK(jwk)) as webcrypto.CryptoKey, kid: jwk.kid }
}

async function assertionAbout(sub: string, signer = 'issuer'): Promise<string> {
  const { key, kid } = await privateKey(signer)
  return new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer(trusted)
    .setSubject(sub)
    .setAudience(provider.url)
    .setIssuedAt()
    .setExpirationTime('5 minutes')
    .sign(key)
}

beforeAll(async () => {
  place = programFolder()
  const STORE_FILE = path.join(place.folder, 'oauth.snapshot')
  writeFileSync(
    path.join(place.folder, 'store.mjs'),
    `import { memoryStore } from '@oauth2-kit/memory'
export default memoryStore({ file: ${JSON.stringify(STORE_FILE)} })`,
  )
  for (const name of [id, 'issuer', 'stranger']) await makeKeys(name)
  const grants = ['client_credentials', jwtBearer].flatMap((grant) => ['--grant', grant])
  const keys = ['--auth-method', 'private_key_jwt', '--jwks', `${id}.jwks.json`]
  const scope = ['--scope', 'profile email']
  await kit('client', 'create', '--store', './store.mjs', '--id', id, ...grants, ...keys, ...scope)
  provider = await startProvider({
    STORE_FILE,
    TRUSTED_ISSUER: trusted,
    TRUSTED_ISSUER_KEYS_FILE: path.join(place.folder, 'issuer.jwks.json'),
  })
  const issuer = new URL(provider.url)
  const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  server = await oauth.processDiscoveryResponse(issuer, response)
})

afterAll(async () => {
  await provider.program.stop()
  place[Symbol.dispose]()
})

async function me(token: string): Promise<unknown> {
  const headers = { Authorization: `Bearer ${token}` }
  return (await fetch(`${provider.url}/api/me`, { headers })).json()
}

/** Resolves with the description of the error `invalid_client` that the client gets. */
async function refusalOf(config: openidClient.Configuration): Promise<string> {
  const failed: unknown = await client.clientCredentialsGrant(config).catch((error) => error)
  if (!(failed instanceof client.WWWAuthenticateChallengeError)) throw failed
  const body = (await failed.response.json()) as { error: string; error_description: string }
  expect([failed.status, body.error]).toEqual([401, 'invalid_client'])
  return body.error_description
}

describe('private_key_jwt', () => {
  it('is in the metadata', () => {
    expect(server.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
    expect(server.token_endpoint_auth_signing_alg_values_supported).toContain('ES256')
    expect(server.token_endpoint_auth_signing_alg_values_supported).not.toContain('HS256')
  })

  it('oauth4webapi: gets, introspects and revokes a token', async () => {
    const authentication = oauth.PrivateKeyJwt(await privateKey(id))
    const self = { client_id: id }
    const { access_token } = await oauth.processClientCredentialsResponse(
      server,
      self,
      await oauth.clientCredentialsGrantRequest(
        server,
        self,
        authentication,
        { scope: 'profile' },
        insecure,
      ),
    )
    expect(await me(access_token)).toMatchObject({ client_id: id })
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        server,
        self,
        await oauth.introspectionRequest(server, self, authentication, access_token, insecure),
      )
    expect(await introspect()).toMatchObject({ active: true, client_id: id })
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, self, authentication, access_token, insecure),
    )
    expect(await introspect()).toEqual({ active: false })
  })

  it('openid-client: gets a token', async () => {
    const config = await discovered(await privateKey(id))
    const { access_token } = await client.clientCredentialsGrant(config, { scope: 'profile' })
    expect(await me(access_token)).toMatchObject({ client_id: id })
  })

  it('refuses another key, and an assertion that was used', async () => {
    const { key } = await privateKey('stranger')
    const { kid } = await privateKey(id)
    const stranger = await discovered({ key, kid })
    expect(await refusalOf(stranger)).toContain('signature')
    const jti = crypto.randomUUID()
    const repeating = client.PrivateKeyJwt(await privateKey(id), {
      [client.modifyAssertion]: (_header, payload) => Object.assign(payload, { jti }),
    })
    const config = await discoveredWith(repeating)
    await client.clientCredentialsGrant(config)
    expect(await refusalOf(config)).toContain('jti')
  })

  it('refuses client_secret_jwt', async () => {
    const config = await discoveredWith(client.ClientSecretJwt('a'.repeat(64)))
    expect(await refusalOf(config)).toContain('use private_key_jwt')
  })
})

/** Exchanges an assertion for tokens. */
async function exchange(assertion: string) {
  const config = await discovered(await privateKey(id))
  return client.genericGrantRequest(config, jwtBearer, { assertion, scope: 'profile' })
}

describe('an assertion about a user', () => {
  it('openid-client: exchanges it for an access token of the user, without a refresh token', async () => {
    const tokens = await exchange(await assertionAbout(demo.username))
    expect(tokens.refresh_token).toBeUndefined()
    expect(await me(tokens.access_token)).toMatchObject({
      username: demo.username,
      client_id: id,
      scope: 'profile',
    })
  })

  it('oauth4webapi: exchanges it too', async () => {
    const self = { client_id: id }
    const authentication = oauth.PrivateKeyJwt(await privateKey(id))
    const parameters = { assertion: await assertionAbout(demo.username), scope: 'profile' }
    const { access_token } = await oauth.processGenericTokenEndpointResponse(
      server,
      self,
      await oauth.genericTokenEndpointRequest(
        server,
        self,
        authentication,
        jwtBearer,
        parameters,
        insecure,
      ),
    )
    expect(await me(access_token)).toMatchObject({ username: demo.username })
  })

  it('is refused if it is repeated, about nobody, or signed by another key', async () => {
    const assertion = await assertionAbout(demo.username)
    await exchange(assertion)
    await expect(exchange(assertion)).rejects.toEqual(refused('invalid_grant'))
    const wrong = [assertionAbout('nobody'), assertionAbout(demo.username, 'stranger')]
    for (const one of await Promise.all(wrong)) {
      await expect(exchange(one)).rejects.toEqual(refused('invalid_grant'))
    }
  })
})

function discovered(key: {
  key: webcrypto.CryptoKey
  kid: string
}): Promise<openidClient.Configuration> {
  return discoveredWith(client.PrivateKeyJwt(key))
}

function discoveredWith(
  authentication: openidClient.ClientAuth,
): Promise<openidClient.Configuration> {
  return client.discovery(new URL(provider.url), id, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })
}
