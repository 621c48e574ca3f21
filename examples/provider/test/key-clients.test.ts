import type { webcrypto } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import oauthserver, { type AuthMethod, createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type * as jose from 'jose'
import type * as oauth4webapi from 'oauth4webapi'
import type * as openidClient from 'openid-client'
import { esModule } from './support/es-module'

// Clients that authenticate with keys, as real libraries do it, against a server of their own.

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const openid = esModule<typeof openidClient>('openid-client')

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const partner = 'https://partner.example'
const insecure = { [oauth.allowInsecureRequests]: true }
const algorithms = [
  ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
  ['ES512', { name: 'ECDSA', namedCurve: 'P-521' }],
  ['RS256', rsa('RSASSA-PKCS1-v1_5')],
  ['PS256', rsa('RSA-PSS')],
  ['Ed25519', { name: 'Ed25519' }],
] as const

function rsa(name: string) {
  return { name, modulusLength: 2048, publicExponent: Buffer.from([1, 0, 1]), hash: 'SHA-256' }
}

const store = memoryStore()
let server: Server
let issuer: string
let issuerKey: webcrypto.CryptoKeyPair

beforeAll(async () => {
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  issuerKey = await keyPair({ name: 'ECDSA', namedCurve: 'P-256' })
  const kit = oauthserver({
    store,
    issuer,
    grants: ['client_credentials', jwtBearer],
    trustedIssuers: [
      {
        issuer: partner,
        jwks: { keys: [await publicJwk(issuerKey)] },
        user: ({ sub }) => ({ id: `partner-${sub}` }),
      },
    ],
  })
  server.on('request', kit.listener())
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function keyPair(algorithm: object): Promise<webcrypto.CryptoKeyPair> {
  const uses = ['sign', 'verify'] as const
  return crypto.subtle.generateKey(algorithm as webcrypto.EcKeyGenParams, true, uses)
}

async function publicJwk({ publicKey }: webcrypto.CryptoKeyPair, kid?: string) {
  const { key_ops: _, ...jwk } = await crypto.subtle.exportKey('jwk', publicKey)
  return { ...jwk, ...(kid !== undefined && { kid }) }
}

/** Registers a client with a key, and returns its id and the key. */
async function registered(algorithm: object) {
  const keys = await keyPair(algorithm)
  const { client } = await createClient(store, {
    authMethod: 'private_key_jwt' satisfies AuthMethod,
    jwks: { keys: [await publicJwk(keys, 'one')] },
    grantTypes: ['client_credentials', jwtBearer],
    scopes: ['profile'],
  })
  return { id: client.id, key: keys.privateKey }
}

async function discovered(): Promise<oauth4webapi.AuthorizationServer> {
  const url = new URL(issuer)
  const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
  return oauth.processDiscoveryResponse(url, response)
}

/** The error and its description for a client that is not authenticated. */
async function refusal(
  as: oauth4webapi.AuthorizationServer,
  client: oauth4webapi.Client,
  authentication: oauth4webapi.ClientAuth,
): Promise<unknown[]> {
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    client,
    authentication,
    {},
    insecure,
  )
  const { error, error_description } = (await response.json()) as Record<string, unknown>
  return [error, error_description]
}

describe.each(algorithms)('oauth4webapi with private_key_jwt and %s', (alg, algorithm) => {
  it.each(['one', undefined])(
    'gets, inspects and revokes a token, with the kid %p',
    async (kid) => {
      const as = await discovered()
      expect(as.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
      expect(as.token_endpoint_auth_signing_alg_values_supported).toContain(alg)
      const { id, key } = await registered(algorithm)
      const client = { client_id: id }
      const authentication = oauth.PrivateKeyJwt({ key, ...(kid !== undefined && { kid }) })
      const parameters = { scope: 'profile' }
      const { access_token } = await oauth.processClientCredentialsResponse(
        as,
        client,
        await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, insecure),
      )
      const inspect = async () =>
        oauth.processIntrospectionResponse(
          as,
          client,
          await oauth.introspectionRequest(as, client, authentication, access_token, insecure),
        )
      expect(await inspect()).toMatchObject({ active: true, client_id: id, scope: 'profile' })
      const revoked = oauth.revocationRequest(as, client, authentication, access_token, insecure)
      await oauth.processRevocationResponse(await revoked)
      expect(await inspect()).toEqual({ active: false })
    },
  )
})

describe('oauth4webapi', () => {
  it('is refused with a key that is not registered', async () => {
    const as = await discovered()
    const { id } = await registered({ name: 'Ed25519' })
    const { privateKey: key } = await keyPair({ name: 'Ed25519' })
    const client = { client_id: id }
    const authentication = oauth.PrivateKeyJwt({ key, kid: 'one' })
    expect(await refusal(as, client, authentication)).toEqual([
      'invalid_client',
      expect.stringContaining('signature verification failed'),
    ])
  })

  it('is refused with client_secret_jwt, also with a secret that is right', async () => {
    const as = await discovered()
    const { client, secret } = await createClient(store, { grantTypes: ['client_credentials'] })
    const one = { client_id: client.id }
    expect(await refusal(as, one, oauth.ClientSecretJwt(secret!))).toEqual([
      'invalid_client',
      expect.stringContaining('but the request uses private_key_jwt'),
    ])
  })

  it('is refused with the token endpoint as audience', async () => {
    const as = await discovered()
    const { id, key } = await registered({ name: 'Ed25519' })
    const client = { client_id: id }
    const modify = {
      [oauth.modifyAssertion](_header: object, payload: Record<string, unknown>) {
        payload['aud'] = as.token_endpoint
      },
    }
    expect(await refusal(as, client, oauth.PrivateKeyJwt(key, modify))).toEqual([
      'invalid_client',
      expect.stringContaining(`aud must be '${issuer}'`),
    ])
  })

  it('exchanges an assertion of a trusted issuer, as a client with a key', async () => {
    const as = await discovered()
    const { id, key } = await registered({ name: 'Ed25519' })
    const client = { client_id: id }
    const authentication = oauth.PrivateKeyJwt(key)
    const ask = async (assertion: string) =>
      oauth.processGenericTokenEndpointResponse(
        as,
        client,
        await oauth.genericTokenEndpointRequest(
          as,
          client,
          authentication,
          jwtBearer,
          { assertion },
          insecure,
        ),
      )
    const assertion = await partnerAssertion()
    expect(await ask(assertion)).not.toHaveProperty('refresh_token')
    await expect(ask(assertion)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

/** Signs an assertion of the trusted issuer. */
async function partnerAssertion(): Promise<string> {
  const { SignJWT } = esModule<typeof jose>('jose')
  return new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(partner)
    .setSubject('ada')
    .setAudience(issuer)
    .setExpirationTime('1m')
    .sign(issuerKey.privateKey)
}

describe.each(algorithms)('openid-client with private_key_jwt and %s', (_alg, algorithm) => {
  it('gets, inspects and revokes a token', async () => {
    const { id, key } = await registered(algorithm)
    const configuration = await openid.discovery(
      new URL(issuer),
      id,
      undefined,
      openid.PrivateKeyJwt({ key, kid: 'one' }),
      // oxlint-disable-next-line typescript/no-deprecated -- the issuer is a loopback address
      { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] },
    )
    const { access_token } = await openid.clientCredentialsGrant(configuration)
    const inspect = () => openid.tokenIntrospection(configuration, access_token)
    expect(await inspect()).toMatchObject({ active: true, client_id: id })
    await openid.tokenRevocation(configuration, access_token)
    expect(await inspect()).toEqual({ active: false })
  })
})
