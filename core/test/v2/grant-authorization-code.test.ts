import type { Callback, Model } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import { type V2App, askForToken, refusal, seen, v2App } from '../support/v2-app'

const at = Date.now()

/** A model whose getAuthCode returns `found`, for the client of the request. */
function codeModel(found: object | null): Model {
  let clientId = ''
  return {
    getClient(id, _secret, callback) {
      clientId = id
      callback(null, true)
    },
    getAuthCode(_code, callback) {
      ;(callback as Callback)(null, found && { clientId, ...found })
    },
  }
}

function redeem({ app, credentials }: V2App, form: object = { code: 'a-code' }) {
  return askForToken(app, { grant_type: 'authorization_code', ...form, ...credentials })
}

describe.each(expresses)('v2 on $version: the authorization_code grant', ({ express }) => {
  const start = (found: object | null) => v2App(express, { now: () => at, model: codeModel(found) })

  it('issues tokens to the user of the code, as user', async () => {
    const user = { id: 7, name: 'Ada' }
    const server = start({ expires: new Date(at + 1), user })
    expect((await redeem(server)).status).toBe(200)
    expect(server.argsOf('getAuthCode')).toEqual(['a-code'])
    expect(server.argsOf('saveAccessToken')[3]).toBe(user)
  })

  it('issues tokens to the user of the code, as userId', async () => {
    const server = start({ expires: new Date(at + 1), userId: 7 })
    expect((await redeem(server)).status).toBe(200)
    expect(server.argsOf('saveAccessToken')[3]).toEqual({ id: 7 })
    expect(server.argsOf('saveRefreshToken')[3]).toEqual({ id: 7 })
  })

  it('requires a code', async () => {
    const server = start({})
    expect(seen(await redeem(server, {}))).toEqual(
      refusal(400, 'invalid_request', 'No "code" parameter'),
    )
    expect(server.called()).toEqual(['getClient', 'grantTypeAllowed'])
  })

  it('refuses a code that getAuthCode does not return', async () => {
    expect(seen(await redeem(start(null)))).toEqual(refusal(400, 'invalid_grant', 'Invalid code'))
  })

  it.each([['another'], [undefined], [null], [['a-client']]])(
    'refuses a code whose clientId is %j',
    async (clientId) => {
      const server = start({ clientId, expires: new Date(at + 1), userId: 7 })
      expect(seen(await redeem(server))).toEqual(refusal(400, 'invalid_grant', 'Invalid code'))
      expect(server.called()).not.toContain('saveAccessToken')
    },
  )

  it.each([
    ['security 11: at its expiry', new Date(at)],
    ['after its expiry', new Date(at - 1)],
    ['security 11: without an expiry', undefined],
    ['security 11: with null as its expiry', null],
    ['security 11: with a number as its expiry', at + 10_000],
    ['security 11: with text as its expiry', '2999-12-31T23:59:59Z'],
    ['security 11: with an invalid Date as its expiry', new Date(NaN)],
    ['security 11: with an object as its expiry', { getTime: () => at + 10_000 }],
  ])('refuses a code as expired, %s', async (_how, expires) => {
    const server = start({ expires, userId: 7 })
    expect(seen(await redeem(server))).toEqual(refusal(400, 'invalid_grant', 'Code has expired'))
    expect(server.called()).not.toContain('saveAccessToken')
  })

  it('reports a wrong client before the expiry', async () => {
    const server = start({ clientId: 'another', expires: new Date(at - 1) })
    expect(seen(await redeem(server))).toEqual(refusal(400, 'invalid_grant', 'Invalid code'))
  })

  it.each([
    ['neither user nor userId', {}],
    ['a user without an id', { user: { name: 'Ada' } }],
  ])('is a server_error if the code has %s', async (_what, found) => {
    const server = start({ expires: new Date(at + 1), ...found })
    expect(seen(await redeem(server))).toEqual(refusal(503, 'server_error'))
    expect(server.called()).not.toContain('saveAccessToken')
  })

  it('calls the model in order', async () => {
    const server = start({ expires: new Date(at + 1), userId: 7 })
    expect((await redeem(server)).status).toBe(200)
    expect(server.called()).toEqual([
      'getClient',
      'grantTypeAllowed',
      'getAuthCode',
      'saveAccessToken',
      'saveRefreshToken',
    ])
  })

  it('accepts a code again until it expires: a model cannot consume it', async () => {
    const server = start({ expires: new Date(at + 1), userId: 7 })
    const first = await redeem(server)
    const second = await redeem(server)
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body.access_token).not.toBe(first.body.access_token)
  })
})
