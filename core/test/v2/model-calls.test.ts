import oauthserver, { type Callback, type Model } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { v2App } from '../support/v2-app'
import { everyGrant, functionNames, requestFor, willingModel } from '../support/willing-model'

describe.each(expresses)('v2 on $version: the functions of a model', ({ express }) => {
  it.each(functionNames)('are called with the model as this: %s', async (name) => {
    const server = v2App(express, { grants: everyGrant, model: willingModel() })
    expect((await requestFor[name](server.app)).status).toBeLessThan(400)
    const selves = server.calls.filter((call) => call.name === name).map(({ self }) => self)
    expect(selves.length).toBeGreaterThan(0)
    expect(selves.every((self) => self === server.model)).toBe(true)
  })

  it('may be replaced while the server runs', async () => {
    const server = v2App(express)
    server.model.getAccessToken = (_token, callback) =>
      callback(null, { expires: null, userId: 'replaced' })
    const answer = await request(server.app).get('/?access_token=any')
    expect(answer.body.user).toEqual({ id: 'replaced' })
  })

  it('may be inherited', async () => {
    class Base implements Model {
      protected readonly owner: string = 'Ada'
      getAccessToken(_token: string, callback: Callback<{ expires: null; userId: string }>): void {
        callback(null, { expires: null, userId: this.owner })
      }
    }
    class Derived extends Base {
      protected override readonly owner = 'Grace'
    }
    const app = express()
    app.get('/', oauthserver({ model: new Derived() }).authorise(), (req, res) => {
      res.json(req.user)
    })
    expect((await request(app).get('/?access_token=any')).body).toEqual({ id: 'Grace' })
  })

  it('receive the arguments of the 2.4 line, followed by a callback', async () => {
    const counts: Record<keyof Model, number> = {
      getClient: 2,
      grantTypeAllowed: 2,
      getUser: 2,
      getUserFromClient: 2,
      getAccessToken: 1,
      getAuthCode: 1,
      getRefreshToken: 1,
      revokeRefreshToken: 1,
      saveAccessToken: 4,
      saveRefreshToken: 4,
      saveAuthCode: 4,
      extendedGrant: 2,
      generateToken: 2,
    }
    const willing = willingModel() as Record<string, (...args: unknown[]) => unknown>
    const found: Record<string, number> = {}
    for (const name of functionNames) {
      const fn = willing[name]!
      willing[name] = (...args) => {
        expect(args.at(-1)).toBeInstanceOf(Function)
        found[name] = args.length - 1
        fn(...args)
      }
    }
    const { app } = v2App(express, { grants: everyGrant, model: willing })
    for (const name of functionNames) await requestFor[name](app)
    expect(found).toEqual(counts)
  })
})
