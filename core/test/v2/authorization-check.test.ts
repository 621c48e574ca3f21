import oauthserver, { type Check } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { type V2App, v2App } from '../support/v2-app'

const description = 'The%20user%20denied%20access%20to%20your%20application'
const denied = `?error=access_denied&error_description=${description}&code=500`
const failed = '?error=server_error&error_description=server_error&code=503'

const callsTwice: Check = (_req, next) => {
  next(null, false)
  next(null, true, { id: 7 })
}

function throws(): never {
  throw new Error('thrown')
}

/** The response to a valid request: the query of the redirect, or the status. */
async function authorize({ app, client: { clientId, redirectUri } }: V2App): Promise<string> {
  const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }
  const { status, headers } = await request(app).get('/oauth/authorize').query(query)
  const location = headers['location'] ?? ''
  return status === 302 ? location.replace(redirectUri, '') : `${status}`
}

describe.each(expresses)('v2 on $version: the check of authCodeGrant', ({ express }) => {
  it('is called after the client and its redirect URI were checked', async () => {
    const found: unknown[] = []
    const check: Check = (req, next) => {
      found.push(req.query.client_id)
      next(null, true, { id: 7 })
    }
    const server = v2App(express, { check })
    const { clientId } = server.client
    const query = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: 'https://evil.example',
    }
    await request(server.app).get('/oauth/authorize').query(query).expect(400)
    expect(found).toEqual([])
    expect(await authorize(server)).toMatch(/^\?code=/)
    expect(found).toEqual([clientId])
  })

  it('may call next later than storeTimeout', async () => {
    const server = v2App(express, {
      storeTimeout: 20,
      check: (_req, next) => setTimeout(next, 60, null, true, { id: 7 }),
    })
    expect(await authorize(server)).toMatch(/^\?code=/)
  })

  it.each([[false], [null], [undefined], [0], ['']])(
    'denies access with %p: a redirect with access_denied',
    async (allowed) => {
      const server = v2App(express, { check: (_req, next) => next(null, allowed as false) })
      expect(await authorize(server)).toBe(denied)
      expect(server.called()).toEqual(['getClient'])
    },
  )

  it('that fails is a redirect with server_error, without the reason', async () => {
    const error = new Error('No session: db-7')
    const server = v2App(express, { check: (_req, next) => next(error) })
    expect(await authorize(server)).toBe(failed)
  })

  it('that fails with an OAuth2Error is a redirect with that', async () => {
    const error = new oauthserver.OAuth2Error('invalid_request', 'Not on Sundays')
    const server = v2App(express, { check: (_req, next) => next(error) })
    const expected = '?error=invalid_request&error_description=Not%20on%20Sundays&code=400'
    expect(await authorize(server)).toBe(expected)
  })

  it.each([
    ['throws', throws],
    ['rejects', async () => throws()],
  ])('that %s is a redirect with server_error', async (_how, check) => {
    expect(await authorize(v2App(express, { check }))).toBe(failed)
  })

  it('that calls next twice: the first call counts', async () => {
    const server = v2App(express, { check: callsTwice })
    expect(await authorize(server)).toBe(denied)
    expect(server.called()).toEqual(['getClient'])
  })

  it.each([[undefined], [null], [{}], ['check'], [{ authenticate: () => null }]])(
    'must be a function: %p is a TypeError',
    (check) => {
      const { oauth } = v2App(express)
      expect(() => oauth.authCodeGrant(check as never)).toThrow(TypeError)
    },
  )
})
