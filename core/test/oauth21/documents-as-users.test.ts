import type { Hooks } from '@oauth2-kit/core'
import mongoose from 'mongoose'
import { layers } from '../support/layers'
import {
  askForToken,
  authorizationRequest,
  authorize,
  me,
  provider,
  redirected,
  register,
  signIn,
  tokensOf,
} from '../support/provider'

const User = mongoose.model('User', new mongoose.Schema({ name: String }))
const WithoutId = mongoose.model('WithoutId', new mongoose.Schema({ name: String }, { id: false }))
const WithNumbers = mongoose.model('WithNumbers', new mongoose.Schema({ _id: Number }))

const documents: [what: string, user: object, id: string][] = (() => {
  const [user, other] = [new User({ name: 'Ada' }), new WithoutId({ name: 'Ada' })]
  return [
    ['a document of mongoose', user, String(user._id)],
    ['a document without the virtual id', other, String(other._id)],
    ['a lean document', user.toObject(), String(user._id)],
    ['a document whose id is a number', new WithNumbers({ _id: 7 }), '7'],
    ['a plain object with an ObjectId', { id: user._id }, String(user._id)],
    ['a plain object with id and _id', { id: 'first', _id: user._id }, 'first'],
  ]
})()

describe.each(layers)('a user of the application on $version', ({ layer }) => {
  it.each(documents)('may be %s', async (_what, user, id) => {
    const decider: Hooks = { authenticate: () => user as never, consent: () => true }
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const at = await provider(
      { layer },
      {
        decider,
        grants: ['authorization_code', 'password'],
        users: { authenticate: async () => user as never },
      },
    )
    const client = await register(at.store, { grantTypes: ['authorization_code', 'password'] })
    const { access_token } = await signIn(at, client)
    expect((await me(at, access_token)).body).toMatchObject({ user: { id } })
    const form = { grant_type: 'password', username: 'ada', password: 'a password' }
    const own = tokensOf(await askForToken(at, client, form))
    expect((await me(at, own.access_token)).body).toMatchObject({ user: { id } })
  })

  it('without an id is an error that names the hook and what it returned', async () => {
    const debug = jest.fn()
    const decider: Hooks = { authenticate: () => ({ name: 'Ada' }) as never, consent: () => true }
    const at = await provider({ layer }, { decider, debug })
    const { parameters } = authorizationRequest(at.web)
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'server_error' })
    expect(debug).toHaveBeenCalledWith(
      expect.objectContaining({
        message:
          '"authenticate" must return a user with an id or _id, or null, but returned an object with name',
      }),
    )
  })
})
