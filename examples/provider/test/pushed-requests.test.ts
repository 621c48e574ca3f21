import type * as oauth4webapi from 'oauth4webapi'
import type * as openidClient from 'openid-client'
import { postedBy } from '../../../core/test/support/html'
import { esModule } from './support/es-module'
import { allow, authorizationRequest, authorize, demo, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { type Page, Visitor } from './support/visitor'

// Pushed requests (RFC 9126) and form_post, by the two libraries.

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const openid = esModule<typeof openidClient>('openid-client')
const insecure = { [oauth.allowInsecureRequests]: true }
const self: oauth4webapi.Client = { client_id: demo.clientId }
const secret = oauth.ClientSecretBasic(demo.clientSecret)

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
})

afterAll(() => program.stop())

/** Has a user allow a request, and returns the page that the browser then has. */
async function allowed(url: URL): Promise<Page> {
  const visitor = new Visitor(issuer)
  return allow(visitor, await signIn(visitor, url))
}

/** The request that a browser sends with the form of a page. */
function posted({ html }: Page): Request {
  const { action, fields } = postedBy(html)
  return new Request(action, { method: 'POST', body: new URLSearchParams(fields) })
}

describe('openid-client', () => {
  let config: openidClient.Configuration

  beforeAll(async () => {
    config = await openid.discovery(
      new URL(issuer),
      demo.clientId,
      undefined,
      openid.ClientSecretBasic(demo.clientSecret),
      { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] },
    )
  })

  it('pushes a request, and gets tokens for its code', async () => {
    const { url, verifier, state } = authorizationRequest(issuer)
    const short = await openid.buildAuthorizationUrlWithPAR(config, url.searchParams)
    expect([...short.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    const callback = await authorize(issuer, short)
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    const tokens = await openid.authorizationCodeGrant(config, callback, checks)
    expect(tokens.scope).toBe(demo.scope)
  })

  it('pushes a request with a DPoP proof, whose key then redeems the code', async () => {
    const { url, verifier, state } = authorizationRequest(issuer)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const short = await openid.buildAuthorizationUrlWithPAR(config, url.searchParams, { DPoP })
    const callback = await authorize(issuer, short)
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    await expect(
      openid.authorizationCodeGrant(config, callback, checks, undefined, { DPoP: other }),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
    const tokens = await openid.authorizationCodeGrant(config, callback, checks, undefined, {
      DPoP,
    })
    expect(tokens.token_type).toBe('dpop')
  })

  it('is told at once that a scope is not allowed', async () => {
    const { url } = authorizationRequest(issuer, { scope: 'admin' })
    await expect(
      openid.buildAuthorizationUrlWithPAR(config, url.searchParams),
    ).rejects.toMatchObject({ error: 'invalid_scope', status: 400 })
  })

  it('gets tokens for a code that was posted to it (form_post)', async () => {
    const { url, verifier, state } = authorizationRequest(issuer, { response_mode: 'form_post' })
    const request = posted(await allowed(url))
    expect(request.url).toBe(demo.redirectUri)
    const callback = new URL(`${request.url}?${await request.text()}`)
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    const tokens = await openid.authorizationCodeGrant(config, callback, checks)
    expect(tokens).toHaveProperty('access_token')
  })
})

describe('oauth4webapi', () => {
  let server: oauth4webapi.AuthorizationServer

  beforeAll(async () => {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, { ...insecure, algorithm: 'oauth2' })
    server = await oauth.processDiscoveryResponse(url, response)
  })

  it('pushes a request with form_post, and gets tokens for the code that was posted', async () => {
    const { url, verifier, state } = authorizationRequest(issuer, { response_mode: 'form_post' })
    const pushed = await oauth.processPushedAuthorizationResponse(
      server,
      self,
      await oauth.pushedAuthorizationRequest(server, self, secret, url.searchParams, insecure),
    )
    expect(pushed.expires_in).toBe(60)
    const short = new URL(server.authorization_endpoint ?? '')
    short.searchParams.set('client_id', demo.clientId)
    short.searchParams.set('request_uri', pushed.request_uri)
    const form = new URLSearchParams(await posted(await allowed(short)).text())
    const parameters = oauth.validateAuthResponse(server, self, form, state)
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      self,
      await oauth.authorizationCodeGrantRequest(
        server,
        self,
        secret,
        parameters,
        demo.redirectUri,
        verifier,
        insecure,
      ),
    )
    expect(tokens.scope).toBe(demo.scope)
  })

  it('finds both in the metadata', () => {
    expect(server).toMatchObject({
      pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
      response_modes_supported: ['query', 'form_post'],
    })
  })

  it('gets an error that was posted to it', async () => {
    const { url, state } = authorizationRequest(issuer, { response_mode: 'form_post' })
    const visitor = new Visitor(issuer)
    const page = await visitor.submit(await signIn(visitor, url), { decision: 'deny' })
    const form = new URLSearchParams(await posted(page).text())
    expect(() => oauth.validateAuthResponse(server, self, form, state)).toThrow(
      expect.objectContaining({ error: 'access_denied' }),
    )
  })
})
