import oauthserver from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { askForToken, v2App } from '../support/v2-app'

const failure = new Error('The database is away')

describe.each(expresses)('v2 on $version: debug', ({ express }) => {
  it('receives each error that is sent, if it is a function', async () => {
    const debug = jest.fn()
    const { app } = v2App(express, {
      debug,
      model: { getAccessToken: (_token, callback) => callback(failure) },
    })
    await request(app).get('/').expect(400)
    await request(app).get('/?access_token=a').expect(503)
    expect(debug).toHaveBeenCalledTimes(2)
    const [first, second] = debug.mock.calls.map(([error]) => error as Error)
    expect(first).toBeInstanceOf(oauthserver.OAuth2Error)
    expect(first).toMatchObject({ message: 'The access token was not found' })
    expect(second).toMatchObject({ error: 'server_error', cause: failure, stack: failure.stack })
  })

  it('receives the errors that are redirected', async () => {
    const debug = jest.fn()
    const { app, client } = v2App(express, { debug, check: (_req, next) => next(failure) })
    const query = {
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
    }
    await request(app).get('/oauth/authorize').query(query).expect(302)
    expect(debug.mock.calls).toEqual([[expect.objectContaining({ cause: failure })]])
  })

  it('does not receive errors that are passed on', async () => {
    const debug = jest.fn()
    const { app } = v2App(express, { debug, passthroughErrors: true })
    await request(app).get('/').expect(500)
    expect(debug).not.toHaveBeenCalled()
  })

  it('writes to the console if it is true', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const { app, credentials } = v2App(express, { debug: true })
    await askForToken(app, {
      ...credentials,
      grant_type: 'client_credentials',
      client_secret: 'no',
    })
    const lines = log.mock.calls.flat().join('\n')
    log.mockRestore()
    expect(lines).toContain('Client credentials are invalid')
    expect(lines).not.toContain(credentials.client_secret)
  })

  it.each([[false], [undefined]])('writes nothing if it is %p', async (debug) => {
    const logs = (['log', 'error', 'warn'] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation(() => {}),
    )
    await request(v2App(express, { debug }).app).get('/').expect(400)
    const calls = logs.flatMap((log) => log.mock.calls)
    for (const log of logs) log.mockRestore()
    expect(calls).toEqual([])
  })
})
