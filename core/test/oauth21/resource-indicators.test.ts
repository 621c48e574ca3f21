import request from 'supertest'
import { layers } from '../support/layers'
import {
  type Differences,
  type Parameters,
  type Provider,
  about,
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  invalidGrant,
  provider,
  redirected,
  refresh,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'

const photos = 'https://api.example/photos'
const mail = 'https://api.example/mail'
const invalidTarget = { status: 400, error: 'invalid_target' }

/** The `aud` of a token, by introspection. */
async function audienceOf(at: Provider, token: string): Promise<unknown> {
  const { body } = await about('introspect', at, at.web, token)
  return (body as { aud?: unknown }).aud
}

/** Requests the resource `photos` with a token. */
const atPhotos = ({ app }: Provider, token: string) =>
  request(app).get('/api/resource').set('Authorization', `Bearer ${token}`)

describe.each(layers)('resource indicators (RFC 8707) on $version', ({ layer }) => {
  const withResources = (more: Differences = {}) =>
    provider({ layer }, { resources: [photos, mail], ...more })

  it('security 8: a token is valid only for the resource that was requested', async () => {
    const at = await withResources()
    const forPhotos = await signIn(at, at.web, { resource: photos })
    const forMail = await signIn(at, at.web, { resource: mail })
    expect(await audienceOf(at, forPhotos.access_token)).toBe(photos)
    expect(await audienceOf(at, forMail.access_token)).toBe(mail)
    const good = await atPhotos(at, forPhotos.access_token)
    expect([good.status, good.body]).toMatchObject([200, { resource: [photos] }])
    const bad = await atPhotos(at, forMail.access_token)
    expect(refusal(bad)).toEqual({ status: 401, error: 'invalid_token' })
  })

  it('a request without a resource is for all of them', async () => {
    const at = await withResources()
    const { access_token } = await signIn(at, at.web)
    expect(await audienceOf(at, access_token)).toEqual([photos, mail])
    expect((await atPhotos(at, access_token)).status).toBe(200)
  })

  it('the parameter may be repeated, at both endpoints', async () => {
    const at = await withResources({ resources: [photos, mail, 'urn:example:third'] })
    const code = await getCode(at, at.web, { resource: [mail, photos] })
    const both = tokensOf(await exchange(at, at.web, code, { resource: [photos, mail, photos] }))
    expect(await audienceOf(at, both.access_token)).toEqual([photos, mail])
  })

  it.each([
    ['an unknown resource', 'https://api.example/other'],
    ['a resource that differs in case', 'https://api.example/Photos'],
    ['a resource that is not a URI', 'photos'],
    ['a known and an unknown resource', [photos, 'https://evil.example']],
  ])('security 30: %s is invalid_target at the authorization endpoint', async (_what, resource) => {
    const at = await withResources()
    const { parameters } = authorizationRequest(at.web, { resource })
    const sent = redirected(await authorize(at, parameters))
    expect(sent).toMatchObject({ error: 'invalid_target', state: parameters['state'] })
    expect(sent).not.toHaveProperty('code')
  })

  it.each<[string, Parameters]>([
    ['unknown', { resource: 'https://api.example/other' }],
    ['not the granted one', { resource: mail }],
    ['wider than the granted one', { resource: [photos, mail] }],
  ])('security 30: a code for a resource that is %s is invalid_target', async (_what, form) => {
    const at = await withResources()
    const code = await getCode(at, at.web, { resource: photos })
    expect(refusal(await exchange(at, at.web, code, form))).toEqual(invalidTarget)
    // The code was neither burnt nor changed.
    const { access_token } = tokensOf(await exchange(at, at.web, code))
    expect(await audienceOf(at, access_token)).toBe(photos)
  })

  it('security 30: a narrower refresh does not change the grant', async () => {
    const at = await withResources()
    const first = await signIn(at, at.web)
    const narrow = tokensOf(await refresh(at, at.web, first.refresh_token, { resource: mail }))
    expect(await audienceOf(at, narrow.access_token)).toBe(mail)
    expect(await audienceOf(at, narrow.refresh_token)).toEqual([photos, mail])
    const next = tokensOf(await refresh(at, at.web, narrow.refresh_token, { resource: photos }))
    expect(await audienceOf(at, next.access_token)).toBe(photos)
  })

  it('security 30: a refresh may not widen the resource, and the token stays valid', async () => {
    const at = await withResources()
    const { refresh_token } = await signIn(at, at.web, { resource: photos })
    for (const resource of [mail, [photos, mail], 'https://evil.example']) {
      expect(refusal(await refresh(at, at.web, refresh_token, { resource }))).toEqual(invalidTarget)
    }
    tokensOf(await refresh(at, at.web, refresh_token, { resource: photos }))
  })

  it("security 30: a client's own token is for the requested resource, if known", async () => {
    const at = await withResources()
    const form = { grant_type: 'client_credentials' }
    const known = await askForToken(at, at.web, { ...form, resource: photos })
    expect(await audienceOf(at, tokensOf(known).access_token)).toBe(photos)
    const unknown = await askForToken(at, at.web, { ...form, resource: `${photos}/1` })
    expect(refusal(unknown)).toEqual(invalidTarget)
  })

  it('equivalent spellings of a URI are accepted', async () => {
    const at = await withResources({ resources: ['https://api.example', photos] })
    const { access_token } = await signIn(at, at.web, { resource: 'HTTPS://api.example:443/' })
    expect(await audienceOf(at, access_token)).toBe('https://api.example')
  })

  it('security 17: a repeated refresh for another resource is reuse', async () => {
    const at = await withResources()
    const { refresh_token } = await signIn(at, at.web)
    const first = await refresh(at, at.web, refresh_token, { resource: photos })
    const other = await refresh(at, at.web, refresh_token, { resource: mail })
    expect(refusal(other)).toEqual(invalidGrant)
    const next = await refresh(at, at.web, tokensOf(first).refresh_token)
    expect(refusal(next)).toEqual(invalidGrant)
  })

  it.each([
    ['nested', '/oauth/authorize?resource[a]=b'],
    ['repeated too often', `/oauth/authorize?${'resource=urn:a:b&'.repeat(21)}`],
    ['with NUL', '/oauth/authorize?resource=a%00b'],
    ['too long', `/oauth/authorize?resource=${'x'.repeat(8193)}`],
  ])('security 23: a resource that is %s is never a 500', async (_what, url) => {
    const at = await withResources()
    const { parameters } = authorizationRequest(at.web)
    const query = new URLSearchParams(parameters as Record<string, string>).toString()
    const answer = await request(at.app).get(`${url}&${query}`)
    expect([302, 400]).toContain(answer.status)
  })

  it('real clients 4: the parameter is ignored if no resource is configured', async () => {
    const at = await provider({ layer })
    for (const resource of ['https://api.example', 'x', ['a', 'b'], 'y'.repeat(8193)]) {
      const { access_token } = await signIn(at, at.web, { resource })
      expect(await audienceOf(at, access_token)).toBeUndefined()
      const form = { grant_type: 'client_credentials', resource }
      tokensOf(await askForToken(at, at.web, form))
    }
  })

  it('a token that predates a resource is refused, a refreshed one is accepted', async () => {
    const before = await provider({ layer })
    const { access_token, refresh_token } = await signIn(before, before.web)
    const { web, spa, store } = before
    const after = await withResources({ through: () => store })
    const at = { ...after, web, spa, store }
    after.clock.at = before.clock.at
    expect((await atPhotos(at, access_token)).status).toBe(401)
    const next = tokensOf(await refresh(at, web, refresh_token))
    expect((await atPhotos(at, next.access_token)).status).toBe(200)
  })
})
