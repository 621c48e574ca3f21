import type { Check } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { type V2App, askForToken, v2App } from '../support/v2-app'

/** Records calls of the next handler, and whether the response was sent before. */
function watch({ app }: V2App): boolean[] {
  const answered: boolean[] = []
  app.use((_req, res) => {
    answered.push(res.headersSent)
    if (!res.headersSent) res.sendStatus(404)
  })
  return answered
}

function authorize({ app, client: { clientId, redirectUri } }: V2App) {
  const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }
  return request(app).get('/oauth/authorize').query(query)
}

function grant({ app, credentials }: V2App) {
  return askForToken(app, { grant_type: 'client_credentials', ...credentials })
}

const deny: Check = (_req, next) => next(null, false)

describe.each(expresses)('v2 on $version: continueAfterResponse', ({ express }) => {
  it.each([
    ['a token', grant, 200, undefined],
    ['a code', authorize, 302, undefined],
    ['a redirect with an error', authorize, 302, deny],
  ])('calls the next middleware after %s', async (_what, ask, status, check) => {
    const server = v2App(express, { continueAfterResponse: true, check })
    const answered = watch(server)
    expect((await ask(server)).status).toBe(status)
    expect(answered).toEqual([true])
  })

  it.each([
    ['a token', grant, 200, undefined],
    ['a code', authorize, 302, undefined],
    ['a redirect with an error', authorize, 302, deny],
  ])('is off by default: nothing is called after %s', async (_what, ask, status, check) => {
    const server = v2App(express, { check })
    const answered = watch(server)
    expect((await ask(server)).status).toBe(status)
    expect(answered).toEqual([])
  })

  it('calls errorHandler(), but nothing after it, if a request is refused', async () => {
    const server = v2App(express, { continueAfterResponse: true })
    const answered = watch(server)
    expect((await askForToken(server.app, {})).status).toBe(400)
    expect(answered).toEqual([])
  })
})
