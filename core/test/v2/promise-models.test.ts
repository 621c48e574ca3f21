import type { Model } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { askForToken, refusal, seen, v2App } from '../support/v2-app'
import { everyGrant, functionNames, requestFor, willingModel } from '../support/willing-model'

type AnyFunction = (...args: unknown[]) => unknown

/** The same functions, but they return promises and take no callback. */
function asPromises(model: Model): Model {
  const entries = Object.entries(model) as [string, AnyFunction][]
  return Object.fromEntries(
    entries.map(([name, fn]) => [
      name,
      async (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          // extendedGrant calls back with two results. Its promise has only the user.
          const callback = (error: unknown, first?: unknown, second?: unknown) =>
            error ? reject(error) : resolve(second ?? first)
          fn(...args.slice(0, -1), callback)
        }),
    ]),
  )
}

/** A promise as returned by a library. */
function libraryPromise(value: unknown) {
  // oxlint-disable-next-line unicorn/no-thenable -- that is the point
  return { then: (resolve: (value: unknown) => void) => resolve(value) }
}

/** The refusal of a request if a function finds nothing. */
const refusals: [keyof Model, ReturnType<typeof refusal>][] = [
  ['getClient', refusal(400, 'invalid_client', 'Client credentials are invalid')],
  [
    'grantTypeAllowed',
    refusal(400, 'invalid_client', 'The grant type is unauthorised for this client_id'),
  ],
  ['getUser', refusal(400, 'invalid_grant', 'User credentials are invalid')],
  ['getUserFromClient', refusal(400, 'invalid_grant', 'Client credentials are invalid')],
  ['getAuthCode', refusal(400, 'invalid_grant', 'Invalid code')],
  ['getRefreshToken', refusal(400, 'invalid_grant', 'Invalid refresh token')],
  [
    'extendedGrant',
    refusal(400, 'invalid_request', 'Invalid grant_type parameter or parameter missing'),
  ],
]

describe.each(expresses)('v2 on $version: a model with promises', ({ express }) => {
  it.each(functionNames)('works like one with callbacks: %s', async (name) => {
    const { app } = v2App(express, { grants: everyGrant, model: asPromises(willingModel()) })
    const answer = await requestFor[name](app)
    expect([200, 302]).toContain(answer.status)
    expect(answer.headers['location'] ?? '').not.toContain('error')
  })

  it.each(functionNames)('may also have callbacks: all but %s', async (name) => {
    const model = { ...willingModel(), [name]: asPromises(willingModel())[name] }
    const { app } = v2App(express, { grants: everyGrant, model })
    expect([200, 302]).toContain((await requestFor[name](app)).status)
  })

  it('may return promises that are not native', async () => {
    const { app } = v2App(express, {
      model: { getAccessToken: () => libraryPromise({ expires: null, userId: 7 }) },
    })
    expect((await request(app).get('/?access_token=any')).body.user).toEqual({ id: 7 })
  })

  describe.each([[null], [undefined], [false]])('returns %p if nothing is found', (nothing) => {
    it.each(refusals)('from %s', async (name, refused) => {
      const model = { ...willingModel(), [name]: async () => nothing }
      const { app } = v2App(express, { grants: everyGrant, model })
      expect(seen(await requestFor[name](app))).toEqual(refused)
    })
  })

  it('returns the user of an extension grant as the only result', async () => {
    const { app, argsOf, credentials } = v2App(express, {
      grants: everyGrant,
      model: { extendedGrant: async (_type, req) => ({ id: req.body.card }) },
    })
    await askForToken(app, { grant_type: 'urn:example:grant', card: 'c', ...credentials })
    expect(argsOf('saveAccessToken')[3]).toEqual({ id: 'c' })
  })
})
