import oauthserver, { type Check } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import {
  authorizationRequest,
  authorize,
  me,
  provider,
  redirected,
  signIn,
} from '../support/provider'

describe.each(expresses)('authCodeGrant(check) on $version', ({ express }) => {
  async function told(decider: Check) {
    const at = await provider(express, { decider })
    return redirected(await authorize(at, authorizationRequest(at.web).parameters))
  }

  it.each([
    ['an object with an id', { id: 'ada', name: 'Ada' }],
    ['the id', 'ada'],
  ])('gives tokens to the user that it calls next with: %s', async (_what, user) => {
    const at = await provider(express, { decider: (_req, next) => next(null, true, user) })
    const { access_token } = await signIn(at, at.web)
    expect((await me(at, access_token)).body.user).toEqual({ id: 'ada' })
  })

  it('gets the request, and may take its time', async () => {
    let url: string | undefined
    const answer = await told((req, next) => {
      url = req.url
      setImmediate(next, null, true, 'ada')
    })
    expect(answer).toHaveProperty('code')
    expect(url).toMatch(/^\/oauth\/authorize\?response_type=code&/)
  })

  it.each([
    ['next(null, false)', (_req, next) => next(null, false)],
    ['next(null, false, user)', (_req, next) => next(null, false, 'ada')],
    ['next()', (_req, next) => next()],
  ] as [string, Check][])('tells the client access_denied for %s', async (_what, check) => {
    expect(await told(check)).toMatchObject({ error: 'access_denied' })
  })

  it.each([
    ['next(error)', (_req, next) => next(new Error('secret details'))],
    [
      'a thrown error',
      () => {
        throw new Error('secret details')
      },
    ],
    ['a rejection', () => Promise.reject(new Error('secret details'))],
    ['next(null, true) without a user', (_req, next) => next(null, true)],
  ] as [string, Check][])('tells the client server_error for %s', async (_what, check) => {
    const answer = await told(check)
    expect(answer).toMatchObject({ error: 'server_error', error_description: 'server_error' })
    expect(answer).not.toHaveProperty('code')
  })

  it('tells the client what an OAuth2Error says', async () => {
    const answer = await told((_req, next) =>
      next(new oauthserver.AccessDeniedError('Not on a Sunday')),
    )
    expect(answer).toMatchObject({ error: 'access_denied', error_description: 'Not on a Sunday' })
  })

  it('listens to the first of two answers', async () => {
    const answer = await told((_req, next) => {
      next(null, false)
      next(null, true, 'ada')
    })
    expect(answer).toMatchObject({ error: 'access_denied' })
  })
})
