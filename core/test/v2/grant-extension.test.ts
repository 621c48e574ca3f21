import oauthserver, { type Model } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import { type V2App, askForToken, refusal, seen, v2App } from '../support/v2-app'

type ExtendedGrant = NonNullable<Model['extendedGrant']>
type Answer = Parameters<ExtendedGrant>[2]

const grantType = 'https://grants.example/card'

function ask({ app, credentials }: V2App, name = grantType) {
  return askForToken(app, { grant_type: name, card: '4711', ...credentials })
}

describe.each(expresses)('v2 on $version: an extension grant', ({ express }) => {
  const start = (extendedGrant?: ExtendedGrant) =>
    v2App(express, { grants: [grantType], model: { extendedGrant } })
  const answering = (...args: Parameters<Answer>) =>
    start((_grantType, _request, callback) => callback(...args))

  it('issues tokens to the user that extendedGrant returns', async () => {
    const server = start((_grantType, request, callback) => {
      callback(null, true, { id: request.body.card, client: request.oauth.client.clientId })
    })
    expect((await ask(server)).status).toBe(200)
    expect(server.called()).toEqual([
      'getClient',
      'grantTypeAllowed',
      'extendedGrant',
      'saveAccessToken',
    ])
    expect(server.argsOf('grantTypeAllowed')[1]).toBe(grantType)
    expect(server.argsOf('extendedGrant')[0]).toBe(grantType)
    expect(server.argsOf('saveAccessToken')[3]).toEqual({
      id: '4711',
      client: server.client.clientId,
    })
  })

  it.each(['urn:example:grant', 'http://grants.example', 'x-app+2.0:grant', 'HTTPS://A.B/c?d=e'])(
    'is named by a URI: %s',
    async (uri) => {
      const server = v2App(express, {
        grants: [uri],
        model: { extendedGrant: (_type, _request, callback) => callback(null, true, { id: 0 }) },
      })
      expect((await ask(server, uri)).status).toBe(200)
      expect(server.argsOf('extendedGrant')[0]).toBe(uri)
    },
  )

  it('is not supported without the function extendedGrant', async () => {
    const server = start(undefined)
    const description = 'Invalid grant_type parameter or parameter missing'
    expect(seen(await ask(server))).toEqual(refusal(400, 'invalid_request', description))
    expect(server.called()).toEqual(['getClient', 'grantTypeAllowed'])
  })

  it.each([[[null, false]], [[null]], [[]], [[null, false, { id: 7 }]]] as [Parameters<Answer>][])(
    'is not supported if the function calls back with %j',
    async (answer) => {
      const server = answering(...answer)
      const description = 'Invalid grant_type parameter or parameter missing'
      expect(seen(await ask(server))).toEqual(refusal(400, 'invalid_request', description))
      expect(server.called()).not.toContain('saveAccessToken')
    },
  )

  it.each([
    ['no user', [null, true]],
    ['null as the user', [null, true, null]],
    ['false as the user', [null, true, false]],
    ['a user without an id', [null, true, { name: 'Ada' }]],
    ['a user whose id is undefined', [null, true, { id: undefined }]],
    ['an object as "supported" and no user', [null, { id: 7 } as unknown as true]],
  ] as [string, Parameters<Answer>][])(
    'is an invalid_request if it is supported with %s',
    async (_what, answer) => {
      const server = answering(...answer)
      expect(seen(await ask(server))).toEqual(refusal(400, 'invalid_request', 'Invalid request.'))
      expect(server.called()).not.toContain('saveAccessToken')
    },
  )

  it.each([[0], [''], [null]])('accepts a user whose id is %j', async (id) => {
    expect((await ask(answering(null, true, { id }))).status).toBe(200)
  })

  it('keeps the error and description of an error', async () => {
    const error = { error: 'invalid_grant', description: 'The card is blocked' }
    expect(seen(await ask(answering(error)))).toEqual(
      refusal(400, 'invalid_grant', 'The card is blocked'),
    )
  })

  it('keeps an OAuth2Error as it is', async () => {
    const error = new oauthserver.OAuth2Error('invalid_token', 'The card is blocked')
    expect(seen(await ask(answering(error)))).toEqual(
      refusal(401, 'invalid_token', 'The card is blocked'),
    )
  })

  it('sends server_error for any other error, without details', async () => {
    const answer = await ask(answering(new Error('connect ECONNREFUSED 10.0.0.7:5432')))
    expect(seen(answer)).toEqual(refusal(503, 'server_error'))
  })
})
