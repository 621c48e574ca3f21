import { expresses } from '../support/express'
import {
  type Parameters,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  invalidGrant,
  provider,
  redirected,
  refusal,
  signIn,
} from '../support/provider'
import { grantsOf } from '../support/records'

const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined }

describe.each(expresses)('PKCE on $version', ({ express }) => {
  it.each<[string, Parameters]>([
    ['no challenge and no method', withoutPkce],
    ['no challenge', { code_challenge: undefined }],
    ['no method, which would mean plain', { code_challenge_method: undefined }],
    ['the method plain', { code_challenge_method: 'plain' }],
    ['the method s256', { code_challenge_method: 's256' }],
    ['a challenge of 42 characters', { code_challenge: 'a'.repeat(42) }],
    ['a challenge of 44 characters', { code_challenge: 'a'.repeat(44) }],
    ['a challenge in base64, not base64url', { code_challenge: `${'a'.repeat(42)}+` }],
    ['a padded challenge', { code_challenge: `${'a'.repeat(42)}=` }],
  ])('security 7: a request with %s is invalid_request', async (_what, wrong) => {
    const at = await provider(express)
    for (const client of [at.web, at.spa]) {
      const { parameters } = authorizationRequest(client, wrong)
      const answer = redirected(await authorize(at, parameters))
      expect(answer).toMatchObject({ error: 'invalid_request' })
      expect(answer).not.toHaveProperty('code')
    }
  })

  it.each<[string, Parameters]>([
    ['no verifier', { code_verifier: undefined }],
    ['an empty verifier', { code_verifier: '' }],
    ['another verifier', { code_verifier: 'a'.repeat(43) }],
    ['a verifier that is too short', { code_verifier: 'a'.repeat(42) }],
    ['a verifier that is too long', { code_verifier: 'a'.repeat(129) }],
    ['a verifier with a space', { code_verifier: `${'a'.repeat(43)} ` }],
  ])('security 7: %s is invalid_grant, and the code is burnt', async (_what, wrong) => {
    const at = await provider(express)
    for (const client of [at.web, at.spa]) {
      const code = await getCode(at, client)
      expect(refusal(await exchange(at, client, code, wrong))).toEqual(invalidGrant)
      expect(refusal(await exchange(at, client, code))).toEqual(invalidGrant)
    }
  })

  it('security 7: the challenge itself is not accepted as the verifier', async () => {
    const at = await provider(express)
    const { verifier, parameters } = authorizationRequest(at.spa)
    const { code = '' } = redirected(await authorize(at, parameters))
    const answer = await exchange(
      at,
      at.spa,
      { code, verifier, redirectUri: at.spa.redirectUri },
      { code_verifier: parameters['code_challenge'] },
    )
    expect(refusal(answer)).toEqual(invalidGrant)
  })

  it('security 7: a burnt code leaves no grant, and its replay revokes no other', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.web)
    await signIn(at, at.web)
    await exchange(at, at.web, code, { code_verifier: undefined })
    expect(await grantsOf(at.store, { clientId: at.web.id })).toHaveLength(1)
    await exchange(at, at.web, code)
    expect(await grantsOf(at.store, { clientId: at.web.id })).toHaveLength(1)
  })

  it('security 7: a verifier without a challenge is invalid_grant and burns the code', async () => {
    const at = await provider(express, { requirePkce: false })
    const code = await getCode(at, at.web, withoutPkce)
    expect(refusal(await exchange(at, at.web, code))).toEqual(invalidGrant)
    const right = await exchange(at, at.web, code, { code_verifier: undefined })
    expect(refusal(right)).toEqual(invalidGrant)
  })

  it('requirePkce: false makes PKCE optional for a confidential client', async () => {
    const at = await provider(express, { requirePkce: false })
    const code = await getCode(at, at.web, withoutPkce)
    const answer = await exchange(at, at.web, code, { code_verifier: undefined })
    expect(answer.status).toBe(200)
  })

  it('security 7: requirePkce: false still requires PKCE from a public client', async () => {
    const at = await provider(express, { requirePkce: false })
    const { parameters } = authorizationRequest(at.spa, withoutPkce)
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'invalid_request' })
  })

  it('security 7: requirePkce: false still checks a challenge that was sent', async () => {
    const at = await provider(express, { requirePkce: false })
    const code = await getCode(at, at.web)
    const answer = await exchange(at, at.web, code, { code_verifier: undefined })
    expect(refusal(answer)).toEqual(invalidGrant)
  })
})
