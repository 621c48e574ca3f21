import oauthserver from '@oauth2-kit/core'
import express from 'express'
import { invalidGrant, me, provider, refresh, refusal, signIn } from '../support/provider'
import { grantsOf } from '../support/records'

async function signedIn() {
  const at = await provider(express)
  const [web, again, spa] = [
    await signIn(at, at.web),
    await signIn(at, at.web),
    await signIn(at, at.spa),
  ]
  const alive = async () =>
    Promise.all(
      [web, again, spa].map(async ({ access_token }) => (await me(at, access_token)).status),
    )
  return { at, web, alive }
}

describe('revokeGrants()', () => {
  it('signs a user out of one application', async () => {
    const { at, web, alive } = await signedIn()
    const userId = at.user.id
    expect(await at.oauth.revokeGrants({ userId, clientId: at.web.id })).toBe(2)
    expect(await alive()).toEqual([401, 401, 200])
    expect(refusal(await refresh(at, at.web, web.refresh_token))).toEqual(invalidGrant)
  })

  it('signs a user out everywhere', async () => {
    const { at, alive } = await signedIn()
    expect(await at.oauth.revokeGrants({ userId: at.user.id })).toBe(3)
    expect(await alive()).toEqual([401, 401, 401])
  })

  it('revokes one grant', async () => {
    const { at, alive } = await signedIn()
    const [grant] = await grantsOf(at.store, { clientId: at.spa.id })
    expect(await at.oauth.revokeGrants({ grantId: grant!.id })).toBe(1)
    expect(await alive()).toEqual([200, 200, 401])
  })

  it('revokes every grant of a client', async () => {
    const { at, alive } = await signedIn()
    expect(await at.oauth.revokeGrants({ clientId: at.web.id })).toBe(2)
    expect(await alive()).toEqual([401, 401, 200])
  })

  it('emits grant.revoked with the selector if a grant was revoked', async () => {
    const { at } = await signedIn()
    const heard: unknown[] = []
    at.oauth.events.on('grant.revoked', (event) => heard.push(event))
    await at.oauth.revokeGrants({ userId: 'nobody' })
    await at.oauth.revokeGrants({ userId: at.user.id, clientId: at.web.id })
    expect(heard).toEqual([{ userId: at.user.id, clientId: at.web.id, grants: 2 }])
  })

  it.each([
    {},
    null,
    undefined,
    { userId: undefined },
    { userId: '' },
    { userId: null },
    { clientId: { $ne: null } },
    { grantId: 'a\0b' },
    { grantId: 'a', userId: 'b' },
    { user: 'ada' },
  ])('rejects with a TypeError for %p, and revokes nothing', async (selector) => {
    const { at, alive } = await signedIn()
    await expect(at.oauth.revokeGrants(selector as never)).rejects.toThrow(TypeError)
    expect(await alive()).toEqual([200, 200, 200])
  })

  it('rejects if the store fails', async () => {
    const broken = { revoke: () => Promise.reject(new Error('away')) }
    const at = await provider(express, { through: (store) => ({ ...store, ...broken }) })
    await expect(at.oauth.revokeGrants({ userId: 'ada' })).rejects.toThrow('away')
  })

  it('rejects with a TypeError on a 2.4 model', async () => {
    const oauth = oauthserver({ model: {} })
    await expect(oauth.revokeGrants({ userId: 'ada' })).rejects.toThrow(/needs a store/)
  })
})
