import request from 'supertest'
import { expresses } from '../support/express'
import { askForToken, refusal, seen, v2App } from '../support/v2-app'

const notAForm = 'Method must be POST with application/x-www-form-urlencoded encoding'
const noGrantType = 'Invalid or missing grant_type parameter'
const noClientId = 'Invalid or missing client_id parameter'
const noSecret = 'Missing client_secret parameter'

describe.each(expresses)('v2 on $version: the token endpoint', ({ express }) => {
  it.each(['get', 'put', 'patch', 'delete'] as const)('refuses %s', async (method) => {
    const { app, calls, credentials } = v2App(express)
    const client = request(app)
    const answer = await client[method]('/oauth/token')
      .type('form')
      .send({ grant_type: 'client_credentials', ...credentials })
    expect(seen(answer)).toEqual(refusal(400, 'invalid_request', notAForm))
    expect(calls).toEqual([])
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=b'])(
    'refuses a body of type %s',
    async (type) => {
      const { app, calls } = v2App(express)
      const answer = await request(app).post('/oauth/token').set('Content-Type', type).send('{}')
      expect(seen(answer)).toEqual(refusal(400, 'invalid_request', notAForm))
      expect(calls).toEqual([])
    },
  )

  it.each([
    ['is missing', {}],
    ['is not in `grants`', { grant_type: 'password' }],
    ['is the name of an object method', { grant_type: 'toString' }],
    ['only begins with one of `grants`', { grant_type: 'client_credentials2' }],
  ])('refuses a request whose grant_type %s', async (_what, form) => {
    const { app, calls, credentials } = v2App(express, { grants: ['client_credentials'] })
    const answer = await askForToken(app, { ...form, ...credentials })
    expect(seen(answer)).toEqual(refusal(400, 'invalid_request', noGrantType))
    expect(calls).toEqual([])
  })

  it.each([
    ['no client_id', undefined, noClientId],
    ['a client_id of 2 characters', 'ab', noClientId],
    ['a client_id of 41 characters', 'a'.repeat(41), noClientId],
    ['a client_id with a space', 'two words', noClientId],
    ['a client_id beyond ASCII', 'clïent', noClientId],
    ['no client_secret', 'a_Client-9', noSecret],
  ])('refuses a request with %s', async (_what, id, description) => {
    const { app, calls } = v2App(express)
    const answer = await askForToken(app, { grant_type: 'client_credentials', client_id: id })
    expect(seen(answer)).toEqual(refusal(400, 'invalid_client', description))
    expect(calls).toEqual([])
  })

  it('refuses a client that getClient does not return', async () => {
    const { app, called, argsOf, credentials } = v2App(express)
    const wrong = { ...credentials, client_secret: 'wrong' }
    const answer = await askForToken(app, { grant_type: 'client_credentials', ...wrong })
    expect(seen(answer)).toEqual(refusal(400, 'invalid_client', 'Client credentials are invalid'))
    expect(called()).toEqual(['getClient'])
    expect(argsOf('getClient')).toEqual([credentials.client_id, 'wrong'])
  })

  it('refuses a grant type that grantTypeAllowed does not allow', async () => {
    const { app, called, argsOf, credentials } = v2App(express, {
      model: { grantTypeAllowed: (_id, _type, callback) => callback(null, false) },
    })
    const answer = await askForToken(app, { grant_type: 'client_credentials', ...credentials })
    expect(seen(answer)).toEqual(
      refusal(400, 'invalid_client', 'The grant type is unauthorised for this client_id'),
    )
    expect(called()).toEqual(['getClient', 'grantTypeAllowed'])
    expect(argsOf('grantTypeAllowed')).toEqual([credentials.client_id, 'client_credentials'])
  })

  it('checks a request in a fixed order and reports the first error', async () => {
    const { app, credentials } = v2App(express, {
      grants: ['password'],
      model: { grantTypeAllowed: (_id, _type, callback) => callback(null, false) },
    })
    const descriptions: string[] = []
    const record = (answer: request.Response) => descriptions.push(answer.body.error_description)
    record(await request(app).post('/oauth/token').send({}))
    record(await askForToken(app, {}))
    record(await askForToken(app, { grant_type: 'password' }))
    record(await askForToken(app, { grant_type: 'password', client_id: 'some-client' }))
    const unknown = { client_id: 'some-client', client_secret: 'wrong' }
    record(await askForToken(app, { grant_type: 'password', ...unknown }))
    record(await askForToken(app, { grant_type: 'password', ...credentials }))
    expect(descriptions).toEqual([
      notAForm,
      noGrantType,
      noClientId,
      noSecret,
      'Client credentials are invalid',
      'The grant type is unauthorised for this client_id',
    ])
  })
})
