import { purge } from '@oauth2-kit/core'
import { sha256 } from '../../src/crypto/hash'
import { answerHash, unseal } from '../../src/crypto/seal'
import { expresses } from '../support/express'
import { invalidGrant, me, provider, refresh, refusal, signIn, tokensOf } from '../support/provider'

describe.each(expresses)('retry-safe rotation on $version', ({ express }) => {
  it('repeats the same response within the grace period, up to its last millisecond', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.spa)
    const first = await refresh(at, at.spa, refresh_token)
    for (const later of [0, 5000, 4999]) {
      at.clock.step(later)
      const again = await refresh(at, at.spa, refresh_token)
      expect(again.status).toBe(200)
      expect(again.text).toBe(first.text)
    }
    at.clock.step(1)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('issues nothing for a repeated refresh', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.spa)
    const { access_token } = tokensOf(await refresh(at, at.spa, refresh_token))
    await refresh(at, at.spa, refresh_token)
    // The code, two tokens of the sign-in, two of the refresh and its sealed answer.
    const ever = { credentials: Number.MAX_SAFE_INTEGER, shortLived: Number.MAX_SAFE_INTEGER }
    expect(await at.store.purge(ever, 99)).toEqual({ deleted: 6, more: false })
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('takes the length of the grace period from refreshGrace', async () => {
    const at = await provider(express, { refreshGrace: 0.5 })
    const { refresh_token } = await signIn(at, at.spa)
    const first = await refresh(at, at.spa, refresh_token)
    at.clock.step(499)
    expect((await refresh(at, at.spa, refresh_token)).text).toBe(first.text)
    at.clock.step(1)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('counts the grace period from the first refresh, not from a repeated one', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.spa)
    await refresh(at, at.spa, refresh_token)
    at.clock.step(9999)
    tokensOf(await refresh(at, at.spa, refresh_token))
    at.clock.step(9999)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('is off with refreshGrace: 0, and then no answer is stored', async () => {
    const at = await provider(express, { refreshGrace: 0 })
    const { refresh_token } = await signIn(at, at.spa)
    await refresh(at, at.spa, refresh_token)
    expect(await at.store.find(answerHash(refresh_token, 'answer'))).toBeNull()
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('security 19: the grace period does not restore a revoked token', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.spa)
    await refresh(at, at.spa, refresh_token)
    await at.store.revoke({ clientId: at.spa.id })
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('security 19: the grace period does not restore an expired token', async () => {
    const at = await provider(express, { refreshTokenLifetime: 5 })
    const { refresh_token } = await signIn(at, at.spa)
    at.clock.step(5000)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('F22: repeats the answer within the grace period, even if the token has expired', async () => {
    const at = await provider(express, { refreshTokenLifetime: 5 })
    const { refresh_token } = await signIn(at, at.spa)
    at.clock.step(4999)
    const first = await refresh(at, at.spa, refresh_token)
    at.clock.step(4000)
    expect((await refresh(at, at.spa, refresh_token)).text).toBe(first.text)
    at.clock.step(6000)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('security 19: the grace period covers only the direct predecessor', async () => {
    const at = await provider(express)
    const first = await signIn(at, at.spa)
    const second = tokensOf(await refresh(at, at.spa, first.refresh_token))
    const third = await refresh(at, at.spa, second.refresh_token)
    expect((await refresh(at, at.spa, second.refresh_token)).text).toBe(third.text)
    expect(refusal(await refresh(at, at.spa, first.refresh_token))).toEqual(invalidGrant)
    expect(refusal(await refresh(at, at.spa, second.refresh_token))).toEqual(invalidGrant)
  })

  it('security 19: another client does not get the answer', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.web)
    await refresh(at, at.web, refresh_token)
    const answer = await refresh(at, at.spa, refresh_token)
    expect(refusal(answer)).toEqual(invalidGrant)
    expect(answer.body).not.toHaveProperty('access_token')
  })

  it('F5: the answer is a separate entry that expires with the grace period', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.spa)
    const next = tokensOf(await refresh(at, at.spa, refresh_token))
    const answer = await at.store.find(answerHash(refresh_token, 'answer'))
    expect(answer).toMatchObject({ kind: 'answer', expiresAt: at.clock.at + 10_000 })
    expect((await at.store.find(sha256(next.refresh_token)))!.data).not.toContain('sealed')
    at.clock.step(10_001)
    await purge(at.store, { now: at.clock.now })
    expect(await at.store.find(answerHash(refresh_token, 'answer'))).toBeNull()
    // The redeemed mark and the new tokens stay.
    expect((await me(at, next.access_token)).status).toBe(200)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    expect((await me(at, next.access_token)).status).toBe(401)
  })

  it('seals the answer so that only the presented token opens it', async () => {
    const at = await provider(express)
    const first = await signIn(at, at.spa)
    const next = tokensOf(await refresh(at, at.spa, first.refresh_token))
    const kept = await at.store.find(answerHash(first.refresh_token, 'answer'))
    const { sealed } = JSON.parse(kept!.data) as { sealed: string }
    const bytes = Buffer.from(sealed, 'base64').toString('latin1')
    for (const secret of [next.access_token, next.refresh_token, first.refresh_token]) {
      expect(JSON.stringify(kept)).not.toContain(secret)
      expect(bytes).not.toContain(secret)
    }
    expect(unseal(sealed, first.refresh_token)).toContain(next.refresh_token)
    for (const token of [next.refresh_token, first.access_token, '']) {
      expect(() => unseal(sealed, token)).toThrow('unable to authenticate')
    }
  })
})
