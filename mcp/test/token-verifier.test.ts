import { requireBearerAuth as requireBearerAuth2 } from '@modelcontextprotocol/express'
import * as errors1 from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth as requireBearerAuth1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier as Verifier1 } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import {
  OAuthError,
  type OAuthTokenVerifier as Verifier2,
  requireBearerAuth as requireBearerAuthOnWeb,
} from '@modelcontextprotocol/server'
import * as version2 from '@modelcontextprotocol/server'
import * as legacy from '@modelcontextprotocol/server-legacy/auth'
import { type SdkErrors, mcpTokenVerifier } from '@oauth2-kit/mcp'
import express, { type RequestHandler } from 'express'
import request from 'supertest'
import { ProofKey } from '../../core/test/support/dpop'
import type { Clock } from '../../core/test/support/provider'
import { issuer, notes, other, resource } from './support/notes'
import { signIn } from './support/sign-in'

const requiredScopes = ['notes:read']

/** `requireBearerAuth` of each version of the SDK, with the errors that it recognises. */
const versions: {
  version: string
  errors: SdkErrors
  require: (verifier: Verifier1 & Verifier2) => RequestHandler
}[] = [
  {
    version: 'version 1',
    errors: errors1,
    require: (verifier) => requireBearerAuth1({ verifier, requiredScopes }),
  },
  {
    version: 'version 1, with the classes that it needs',
    errors: { OAuthError: errors1.OAuthError, InvalidTokenError: errors1.InvalidTokenError },
    require: (verifier) => requireBearerAuth1({ verifier, requiredScopes }),
  },
  {
    version: 'server-legacy',
    errors: legacy,
    require: (verifier) => legacy.requireBearerAuth({ verifier, requiredScopes }),
  },
  {
    version: 'version 2',
    errors: { OAuthError },
    require: (verifier) => requireBearerAuth2({ verifier, requiredScopes }),
  },
  {
    version: 'version 2, with the whole module',
    errors: version2,
    require: (verifier) => requireBearerAuth2({ verifier, requiredScopes }),
  },
]

describe.each(versions)('mcpTokenVerifier() in requireBearerAuth of $version', (version) => {
  async function guarded(options: Parameters<typeof notes>[0] = {}) {
    const at = await notes(options)
    const app = express()
    const verifier = mcpTokenVerifier(at.oauth, { resource, errors: version.errors })
    app.get('/mcp', version.require(verifier), (req, res) => {
      res.json(req.auth)
    })
    const ask = (token: string) => request(app).get('/mcp').auth(token, { type: 'bearer' })
    const signedIn = async (asked: Parameters<typeof signIn>[2]) =>
      (await signIn(at.oauth, at.client, { resource, ...asked })).access_token
    return { ...at, ask, signedIn }
  }

  it('accepts a token for the resource', async () => {
    const { ask, client, signedIn } = await guarded()
    const token = await signedIn({ scope: 'notes:read openid' })
    const { status, body } = await ask(token)
    expect(status).toBe(200)
    expect(body).toEqual({
      token,
      clientId: client.id,
      scopes: ['notes:read', 'openid'],
      expiresAt: expect.any(Number),
      resource,
      extra: expect.objectContaining({ userId: 'ann', user: { id: 'ann' } }),
    })
  })

  it('is a 401 for a token that is unknown, malformed, revoked or for another resource', async () => {
    const { ask, oauth, signedIn } = await guarded()
    const elsewhere = await signedIn({ scope: 'notes:read', resource: other })
    const revoked = await signedIn({ scope: 'notes:read' })
    await oauth.revokeGrants({ userId: 'ann' })
    for (const token of ['x', 'a,b', 'x'.repeat(9000), elsewhere, revoked]) {
      const { status, body, headers } = await ask(token)
      expect([status, body.error]).toEqual([401, 'invalid_token'])
      expect(headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/)
    }
  })

  it('is a 403 for a token without the scope', async () => {
    const { ask, signedIn } = await guarded()
    const { status, body } = await ask(await signedIn({ scope: 'openid' }))
    expect([status, body.error]).toEqual([403, 'insufficient_scope'])
  })

  it('is a 401 for a token that is bound to a key', async () => {
    const { ask, signedIn } = await guarded({ dpop: true })
    const key = await ProofKey.make({ clock: { now: Date.now } as Clock })
    const headers = { DPoP: await key.proof({ url: `${issuer}/oauth/token` }) }
    const { status, body } = await ask(await signedIn({ scope: 'notes:read', headers }))
    expect([status, body.error]).toEqual([401, 'invalid_token'])
  })

  it('is a 5xx if the store is away, so that no client drops its token', async () => {
    const { ask, signedIn, store } = await guarded({ debug: false })
    const token = await signedIn({ scope: 'notes:read' })
    store.find = () => Promise.reject(new Error('away'))
    const { status, body } = await ask(token)
    expect([status, body.error]).toEqual([500, 'server_error'])
  })
})

describe('mcpTokenVerifier()', () => {
  it('works in requireBearerAuth for web-standard servers', async () => {
    const { oauth, client } = await notes()
    const { access_token: token } = await signIn(oauth, client, { scope: 'notes:read', resource })
    const verifier = mcpTokenVerifier(oauth, { resource, errors: { OAuthError } })
    const gate = requireBearerAuthOnWeb({ verifier, requiredScopes })
    const asking = (authorization: string) =>
      gate(new Request(resource, { headers: { authorization } }))
    expect(await asking(`Bearer ${token}`)).toMatchObject({ clientId: client.id })
    const refused = await asking('Bearer x')
    expect([refused instanceof Response, (refused as Response).status]).toEqual([true, 401])
  })

  it.each(['', 'a\nb', 'a b', 'ä', '\u0000', 'Bearer x'])(
    'a token that no header can carry is not valid: %j',
    async (token) => {
      const { oauth } = await notes()
      const verifier = mcpTokenVerifier(oauth, { resource, errors: errors1 })
      const verified = verifier.verifyAccessToken(token)
      await expect(verified).rejects.toBeInstanceOf(errors1.InvalidTokenError)
    },
  )

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no class', {}],
    ['the base class of version 1 alone', { OAuthError: errors1.OAuthError }],
    ['text', 'OAuthError'],
    ['an error class without codes', { InvalidTokenError: class extends Error {} }],
  ])('refuses %s as the errors of the SDK', async (_what, errors) => {
    const { oauth } = await notes()
    const options = { resource, errors: errors as SdkErrors }
    expect(() => mcpTokenVerifier(oauth, options)).toThrow(
      expect.objectContaining({ code: 'OAUTH2_KIT_OPTION', option: 'errors' }),
    )
  })
})
