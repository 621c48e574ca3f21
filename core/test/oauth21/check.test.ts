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
  async function redirectOf(decider: Check) {
    const at = await provider(express, { decider })
    return redirected(await authorize(at, authorizationRequest(at.web).parameters))
  }

  it.each([
    ['an object with an id', { id: 'ada', name: 'Ada' }],
    ['the id', 'ada'],
  ])('issues tokens to the user that it passes to next: %s', async (_what, user) => {
    const at = await provider(express, { decider: (_req, next) => next(null, true, user) })
    const { access_token } = await signIn(at, at.web)
    expect((await me(at, access_token)).body.user).toEqual({ id: 'ada' })
  })

  it('receives the request, and may call next later', async () => {
    let url: string | undefined
    const answer = await redirectOf((req, next) => {
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
  ] as [string, Check][])('sends the client access_denied for %s', async (_what, check) => {
    expect(await redirectOf(check)).toMatchObject({ error: 'access_denied' })
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
  ] as [string, Check][])('sends the client server_error for %s', async (_what, check) => {
    const answer = await redirectOf(check)
    expect(answer).toMatchObject({
      error: 'server_error',
      error_description: expect.stringMatching(/^The server has failed: /),
    })
    expect(answer).not.toHaveProperty('code')
  })

  it('sends the client the code and description of an OAuth2Error', async () => {
    const answer = await redirectOf((_req, next) =>
      next(new oauthserver.AccessDeniedError('Not on a Sunday')),
    )
    expect(answer).toMatchObject({ error: 'access_denied', error_description: 'Not on a Sunday' })
  })

  it('ignores the second call of next', async () => {
    const answer = await redirectOf((_req, next) => {
      next(null, false)
      next(null, true, 'ada')
    })
    expect(answer).toMatchObject({ error: 'access_denied' })
  })
})
