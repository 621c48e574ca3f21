import oauthserver, { createClient, updateClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { ProofKey, boundTokens } from '../support/dpop'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { askForToken, issuer, me, provider, refusal, signIn } from '../support/provider'

const algorithms = expect.arrayContaining(['ES256', 'EdDSA'])
const wellKnown = '/.well-known/oauth-authorization-server'

describe.each(layers)('metadata about DPoP on $version', ({ layer }) => {
  it('RFC 9449 5.1: lists the algorithms of proofs, with public keys only', async () => {
    const at = await provider({ layer })
    const { body } = await request(at.app).get(wellKnown)
    expect(body.dpop_signing_alg_values_supported).toEqual(algorithms)
    expect(body.dpop_signing_alg_values_supported.join(' ')).not.toMatch(/none|HS/)
  })

  it('RFC 9728 2: lists them for a resource too', async () => {
    const at = await provider({ layer }, { resources: [`${issuer}/api`] })
    const { body } = await request(at.app).get('/.well-known/oauth-protected-resource/api')
    expect(body.dpop_signing_alg_values_supported).toEqual(algorithms)
    expect(body).not.toHaveProperty('dpop_bound_access_tokens_required')
  })

  it('lists none if DPoP is off', async () => {
    const at = await provider({ layer }, { dpop: false, resources: [`${issuer}/api`] })
    for (const path of [wellKnown, '/.well-known/oauth-protected-resource/api']) {
      const { body } = await request(at.app).get(path)
      expect(body).not.toHaveProperty('dpop_signing_alg_values_supported')
    }
  })
})

describe.each(expresses)("authorise({ dpop: 'required' }) on $version", ({ express }) => {
  async function withResource() {
    const at = await provider(express, { resources: [`${issuer}/api`] })
    const app = express()
    const metadata = at.oauth.resourceMetadata({ dpop: 'required' })
    app.get('/.well-known/oauth-protected-resource/api', metadata)
    app.get('/api/me', at.oauth.authorise({ dpop: 'required' }), (_req, res) => {
      res.send('ran')
    })
    return { at, guarded: { app } as typeof at }
  }

  it('refuses bearer tokens, and accepts bound ones', async () => {
    const { at, guarded } = await withResource()
    const bearer = await me(guarded, (await signIn(at, at.spa)).access_token)
    expect(refusal(bearer)).toEqual({ status: 401, error: 'invalid_token' })
    expect(bearer.headers['www-authenticate']).toMatch(/^DPoP error="invalid_token", .*algs="ES256/)
    const key = await ProofKey.make(at)
    const ask = askForToken(at, at.web, { grant_type: 'client_credentials' })
    const { access_token } = boundTokens(await ask.set('DPoP', await key.proof()))
    expect((await key.me(guarded, access_token)).text).toBe('ran')
  })

  it('RFC 9449 7.1: challenges a request without credentials with DPoP', async () => {
    const { guarded } = await withResource()
    const { status, headers } = await request(guarded.app).get('/api/me')
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^DPoP algs="ES256 [^"]+", resource_metadata="[^"]+"$/),
    ])
  })

  it('RFC 9728 2: is named by the metadata of the resource', async () => {
    const { guarded } = await withResource()
    const { body } = await request(guarded.app).get('/.well-known/oauth-protected-resource/api')
    expect(body.dpop_bound_access_tokens_required).toBe(true)
  })
})

describe('the option dpop', () => {
  const store = memoryStore()

  it("is for stores and the profile 'oauth2.1' only", () => {
    const v2 = { store, issuer, profile: 'v2' } as const
    expect(() => oauthserver({ ...v2, dpop: true })).toThrow(`"dpop" needs the profile 'oauth2.1'`)
    oauthserver({ ...v2, dpop: false })
    oauthserver(v2)
    expect(() => oauthserver({ model: {}, dpop: true as never })).toThrow('"dpop" needs a store')
  })

  it.each([
    [{ nonceSecret: 'short' }, 'dpop.nonceSecret'],
    [{ nonceSecret: [] }, 'dpop.nonceSecret'],
    [{ nonceSecret: ['n'.repeat(32), 7] }, 'dpop.nonceSecret'],
    [{ proofLifetime: 0 }, 'dpop.proofLifetime'],
    [{ proofLifetime: '60' }, 'dpop.proofLifetime'],
    [{ url: issuer }, 'dpop.url'],
    [{ nonce: 'x' }, 'dpop.nonce'],
  ])('%j is an OptionError that names the option', (dpop, option) => {
    const make = () => oauthserver({ store, issuer, dpop: dpop as never })
    expect(make).toThrow(expect.objectContaining({ code: 'OAUTH2_KIT_OPTION', option }))
  })

  it('must be on if a resource requires it', () => {
    const oauth = oauthserver({ store, issuer, dpop: false, resources: [`${issuer}/api`] })
    expect(() => oauth.authorise({ dpop: 'required' })).toThrow('needs the option "dpop"')
    expect(() => oauth.resourceMetadata({ dpop: 'required' })).toThrow('needs the option "dpop"')
    expect(() => oauthserver({ store, issuer }).authorise({ dpop: true as never })).toThrow(
      "must be 'required', or left out",
    )
  })
})

describe('dpopBoundAccessTokens of a client', () => {
  it('can be set, removed and must be true or false', async () => {
    const store = memoryStore()
    const { client } = await createClient(store, {
      grantTypes: [],
      dpopBoundAccessTokens: true,
    })
    expect(client.dpopBoundAccessTokens).toBe(true)
    const after = await updateClient(store, client.id, { dpopBoundAccessTokens: null })
    expect(after).not.toHaveProperty('dpopBoundAccessTokens')
    await expect(
      createClient(store, { grantTypes: [], dpopBoundAccessTokens: 'yes' as never }),
    ).rejects.toThrow('"dpopBoundAccessTokens" must be true or false')
  })
})
