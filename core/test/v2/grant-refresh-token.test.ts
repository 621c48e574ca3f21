import type { Callback, Model } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import { type V2App, askForToken, refusal, seen, v2App } from '../support/v2-app'

const at = Date.now()

/** A model whose getRefreshToken returns `found`, for the client of the request. */
function refreshModel(found: object | null): Model {
  let clientId = ''
  return {
    getClient(id, _secret, callback) {
      clientId = id
      callback(null, true)
    },
    getRefreshToken(_token, callback) {
      ;(callback as Callback)(null, found && { clientId, ...found })
    },
  }
}

function refresh({ app, credentials }: V2App, form: object = { refresh_token: 'a-token' }) {
  return askForToken(app, { grant_type: 'refresh_token', ...form, ...credentials })
}

describe.each(expresses)('v2 on $version: the refresh_token grant', ({ express }) => {
  const start = (found: object | null, model: Model = {}) =>
    v2App(express, { now: () => at, model: { ...refreshModel(found), ...model } })

  it('issues new tokens to the user of the token, as user', async () => {
    const user = { id: 7, name: 'Ada' }
    const server = start({ expires: new Date(at + 1), user })
    expect((await refresh(server)).status).toBe(200)
    expect(server.argsOf('getRefreshToken')).toEqual(['a-token'])
    expect(server.argsOf('saveAccessToken')[3]).toBe(user)
    expect(server.argsOf('saveRefreshToken')[3]).toBe(user)
  })

  it('issues new tokens to the user of the token, as userId', async () => {
    const server = start({ expires: new Date(at + 1), userId: 'ada' })
    expect((await refresh(server)).status).toBe(200)
    expect(server.argsOf('saveAccessToken')[3]).toEqual({ id: 'ada' })
  })

  it('requires a refresh token', async () => {
    const server = start({})
    expect(seen(await refresh(server, {}))).toEqual(
      refusal(400, 'invalid_request', 'No "refresh_token" parameter'),
    )
    expect(server.called()).toEqual(['getClient', 'grantTypeAllowed'])
  })

  it('refuses a token that getRefreshToken does not return', async () => {
    expect(seen(await refresh(start(null)))).toEqual(
      refusal(400, 'invalid_grant', 'Invalid refresh token'),
    )
  })

  it.each([['another'], [undefined], [null]])(
    'refuses a token whose clientId is %j',
    async (clientId) => {
      const server = start({ clientId, expires: null, userId: 7 })
      expect(seen(await refresh(server))).toEqual(
        refusal(400, 'invalid_grant', 'Invalid refresh token'),
      )
      expect(server.called()).not.toContain('saveAccessToken')
    },
  )

  it.each([
    ['after its expiry', new Date(at - 1)],
    ['with an invalid Date as its expiry', new Date(NaN)],
    ['without an expiry', undefined],
  ])('refuses a token as expired, %s', async (_how, expires) => {
    const server = start({ expires, userId: 7 })
    expect(seen(await refresh(server))).toEqual(
      refusal(400, 'invalid_grant', 'Refresh token has expired'),
    )
    expect(server.called()).not.toContain('saveAccessToken')
  })

  it.each([
    ['never expires', null],
    ['expires at this millisecond', new Date(at)],
  ])('accepts a token that %s', async (_how, expires) => {
    expect((await refresh(start({ expires, userId: 7 }))).status).toBe(200)
  })

  it('F2: checks the expiry after the model has returned the token', async () => {
    let now = at
    const server = v2App(express, {
      now: () => now,
      model: {
        ...refreshModel({ expires: new Date(at), userId: 7 }),
        grantTypeAllowed(_id, _grantType, callback) {
          now += 1
          callback(null, true)
        },
      },
    })
    const expired = refusal(400, 'invalid_grant', 'Refresh token has expired')
    expect(seen(await refresh(server))).toEqual(expired)
  })

  it('is a server_error if the token has neither user nor userId', async () => {
    const server = start({ expires: null })
    expect(seen(await refresh(server))).toEqual(refusal(503, 'server_error'))
    expect(server.called()).not.toContain('saveAccessToken')
  })

  it('calls the model in order, without revokeRefreshToken', async () => {
    const server = start({ expires: null, userId: 7 })
    expect((await refresh(server)).status).toBe(200)
    expect(server.called()).toEqual([
      'getClient',
      'grantTypeAllowed',
      'getRefreshToken',
      'saveAccessToken',
      'saveRefreshToken',
    ])
  })

  it('revokes the old token before it issues new ones, if the model can', async () => {
    const server = start(
      { expires: null, userId: 7 },
      { revokeRefreshToken: (_token, callback) => callback() },
    )
    expect((await refresh(server)).status).toBe(200)
    expect(server.called()).toEqual([
      'getClient',
      'grantTypeAllowed',
      'getRefreshToken',
      'revokeRefreshToken',
      'saveAccessToken',
      'saveRefreshToken',
    ])
    expect(server.argsOf('revokeRefreshToken')).toEqual(['a-token'])
  })

  it('issues no tokens if revokeRefreshToken fails', async () => {
    const server = start(
      { expires: null, userId: 7 },
      { revokeRefreshToken: (_token, callback) => callback(new Error('The disk is full')) },
    )
    expect(seen(await refresh(server))).toEqual(refusal(503, 'server_error'))
    expect(server.called()).not.toContain('saveAccessToken')
  })
})
