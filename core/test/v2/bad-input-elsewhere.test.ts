import request from 'supertest'
import { formWith, isRefusal, malformed, nested, undecodable } from '../support/bad-input'
import { expresses } from '../support/express'
import { v2App } from '../support/v2-app'

const ways = Object.entries
const query = {
  response_type: 'code',
  client_id: 'a-client',
  redirect_uri: 'https://client.example/callback',
}
const notText: [string, unknown][] = [
  ['an array', ['code']],
  ['an object', { code: 'code' }],
  ['a number', 7],
  ['true', true],
]

describe.each(expresses)(
  'security 23 in v2 on $version: the authorization endpoint',
  ({ express }) => {
    describe.each(ways({ ...malformed, ...undecodable }))(
      'refuses a parameter %s',
      (_what, way) => {
        it.each([...Object.keys(query), 'state'])('in the query: %s', async (name) => {
          const { app, calls } = v2App(express)
          const answer = await request(app).get(`/oauth/authorize?${formWith(query, name, way)}`)
          expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
          expect(calls).toEqual([])
        })
      },
    )

    describe.each(ways(nested))('refuses a parameter that is %s', (_what, way) => {
      it.each(Object.keys(query))('in the query: %s', async (name) => {
        const { app, calls } = v2App(express)
        const answer = await request(app).get(`/oauth/authorize?${formWith(query, name, way)}`)
        expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
        expect(calls).toEqual([])
      })
    })

    describe.each(ways({ ...malformed, ...nested }))('refuses a parameter %s', (_what, way) => {
      it.each(Object.keys(query))('in the form: %s', async (name) => {
        const { app, calls } = v2App(express)
        const test = request(app).post('/oauth/authorize').type('form')
        const answer = await test.send(formWith(query, name, way))
        expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
        expect(calls).toEqual([])
      })
    })

    describe.each(ways({ ...malformed, ...undecodable }))(
      'refuses a parameter %s',
      (_what, way) => {
        it.each(Object.keys(query))('in a form that no body parser has read: %s', async (name) => {
          const { oauth, calls } = v2App(express)
          const app = express()
          app.all(
            '/oauth/authorize',
            oauth.authCodeGrant((_req, next) => next(null, true)),
          )
          app.use(oauth.errorHandler())
          const test = request(app).post('/oauth/authorize').type('form')
          const answer = await test.send(formWith(query, name, way))
          expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
          expect(calls).toEqual([])
        })
      },
    )

    describe.each(notText)('refuses a parameter that is %s', (_what, value) => {
      it.each(Object.keys(query))('in JSON: %s', async (name) => {
        const { app, calls } = v2App(express)
        const test = request(app).post('/oauth/authorize')
        const answer = await test.send({ ...query, [name]: value })
        expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
        expect(calls).toEqual([])
      })
    })
  },
)

describe.each(expresses)('security 23 in v2 on $version: authorise()', ({ express }) => {
  it.each(ways({ ...malformed, ...nested, ...undecodable }))(
    'refuses a token in the query %s',
    async (_what, way) => {
      const { app, calls } = v2App(express)
      const answer = await request(app).get(`/?${way('access_token')}`)
      expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
      expect(calls).toEqual([])
    },
  )

  it.each(ways({ ...malformed, ...nested }))(
    'refuses a token in the form %s',
    async (_what, way) => {
      const { app, calls } = v2App(express)
      const answer = await request(app).post('/').type('form').send(way('access_token'))
      expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
      expect(calls).toEqual([])
    },
  )

  it.each(notText)('refuses a token in JSON that is %s', async (_what, value) => {
    const { app, calls } = v2App(express)
    expect(isRefusal(await request(app).post('/').send({ access_token: value }))).toBe(true)
    expect(calls).toEqual([])
  })

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer\t',
    'bearer',
    '',
    ' ',
    'Basic',
    `Bearer ${'x'.repeat(8193)}`,
  ])('refuses the header %p', async (header) => {
    const { app, calls } = v2App(express)
    const answer = await request(app).get('/').set('Authorization', header)
    expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
    expect(calls).toEqual([])
  })
})
