import type { Model } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { type Differences, type V2App, askForToken, v2App } from '../support/v2-app'

const at = Date.UTC(2024, 1, 29, 23, 59, 59, 999)

async function password(server: V2App) {
  const { app, credentials, user } = server
  const { username, password } = user
  return askForToken(app, { grant_type: 'password', username, password, ...credentials })
}

function authorize({ app, client }: V2App) {
  return request(app).get('/oauth/authorize').query({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
  })
}

/** The lifetime in seconds that a function of the model was called with, or `null`. */
function secondsOf({ argsOf }: V2App, name: keyof Model): number | null {
  const expires = argsOf(name)[2] as Date | null
  expect(expires === null || expires instanceof Date).toBe(true)
  return expires && (expires.getTime() - at) / 1000
}

describe.each(expresses)('v2 on $version: lifetimes', ({ express }) => {
  const start = (options?: Differences) => v2App(express, { now: () => at, ...options })

  it('are 3600 s for access tokens, 1209600 s for refresh tokens, 30 s for codes', async () => {
    const server = start()
    expect((await password(server)).body.expires_in).toBe(3600)
    expect((await authorize(server)).status).toBe(302)
    expect(secondsOf(server, 'saveAccessToken')).toBe(3600)
    expect(secondsOf(server, 'saveRefreshToken')).toBe(1209600)
    expect(secondsOf(server, 'saveAuthCode')).toBe(30)
  })

  it('are set by the options', async () => {
    const options = { accessTokenLifetime: 60, refreshTokenLifetime: 120, authCodeLifetime: 0.5 }
    const server = start(options)
    expect((await password(server)).body.expires_in).toBe(60)
    expect((await authorize(server)).status).toBe(302)
    expect(secondsOf(server, 'saveAccessToken')).toBe(60)
    expect(secondsOf(server, 'saveRefreshToken')).toBe(120)
    expect(secondsOf(server, 'saveAuthCode')).toBe(0.5)
  })

  it('are unlimited if the options are null: expires is null, expires_in is omitted', async () => {
    const server = start({ accessTokenLifetime: null, refreshTokenLifetime: null })
    const { body } = await password(server)
    expect(Object.keys(body)).toEqual(['token_type', 'access_token', 'refresh_token'])
    expect(secondsOf(server, 'saveAccessToken')).toBeNull()
    expect(secondsOf(server, 'saveRefreshToken')).toBeNull()
  })

  it('of codes are 30 s if the option is null: a code always expires', async () => {
    const server = start({ authCodeLifetime: null })
    expect((await authorize(server)).status).toBe(302)
    expect(secondsOf(server, 'saveAuthCode')).toBe(30)
  })
})
