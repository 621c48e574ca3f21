import request from 'supertest'
import { type App, expresses } from '../support/express'
import { recorder } from './around'
import { provider, refusal, register } from '../support/provider'

const invalidRequest = { status: 400, error: 'invalid_request' }
const own = 'grant_type=client_credentials'
const tooLong = 'a'.repeat(8193)

/** Forms that are invalid with every body parser. */
const forms = [
  ['grant_type twice', `${own}&${own}`],
  ['grant_type twice, differing', `${own}&grant_type=password`],
  ['client_id twice', `${own}&client_id=a&client_id=b`],
  ['client_secret twice', `${own}&client_id=a&client_secret=b&client_secret=c`],
  ['scope twice', `${own}&scope=a&scope=b`],
  ['code twice', 'grant_type=authorization_code&code=a&code=b'],
  ['refresh_token twice', 'grant_type=refresh_token&refresh_token=a&refresh_token=b'],
  ['code_verifier twice', 'grant_type=authorization_code&code=a&code_verifier=b&code_verifier=c'],
  ['redirect_uri twice', 'grant_type=authorization_code&code=a&redirect_uri=b&redirect_uri=c'],
  ['NUL in grant_type', 'grant_type=client_credentials%00'],
  ['NUL in client_id', `${own}&client_id=a%00`],
  ['NUL in code', 'grant_type=authorization_code&code=a%00b'],
  ['NUL in refresh_token', 'grant_type=refresh_token&refresh_token=%00'],
  ['NUL in scope', `${own}&scope=a%00`],
  ['an over-long code', `grant_type=authorization_code&code=${tooLong}`],
  ['an over-long refresh_token', `grant_type=refresh_token&refresh_token=${tooLong}`],
  ['an over-long scope', `${own}&scope=${tooLong}`],
  ['an over-long client_id', `${own}&client_id=${'a'.repeat(256)}`],
  ['an over-long client_secret', `${own}&client_id=a&client_secret=${tooLong}`],
  ['no parameters', ''],
  ['no grant_type', 'a=b'],
  ['an empty grant_type', 'grant_type='],
] as const

/** `express.urlencoded({ extended: true })` parses these parameters as objects or arrays. */
const nested = [
  ['grant_type in an object', 'grant_type[a]=client_credentials'],
  ['grant_type in an array', 'grant_type[]=client_credentials'],
  ['client_id in an object', `${own}&client_id[$ne]=`],
  ['client_secret in an object', `${own}&client_id=a&client_secret[$gt]=`],
  ['code in an object', 'grant_type=authorization_code&code[$ne]=x'],
  ['refresh_token in an object', 'grant_type=refresh_token&refresh_token[$exists]=true'],
  ['scope in an array', `${own}&scope[0]=a`],
  ['a member of Object.prototype in code', 'grant_type=authorization_code&code[toString]=x'],
] as const

const malformedBasic = [
  ['no credentials', 'Basic'],
  ['no colon', `Basic ${base64('client')}`],
  ['characters that are not base64', 'Basic !!!!'],
  ['two values', 'Basic YTpi YTpi'],
  ['padding in the middle', 'Basic YT==pi'],
  ['NUL in the id', `Basic ${base64('a\0:b')}`],
  ['NUL in the secret', `Basic ${base64('a:b\0')}`],
  ['NUL in the decoded id', `Basic ${base64('a%00:b')}`],
  ['an over-long id', `Basic ${base64(`${'a'.repeat(256)}:b`)}`],
  ['an over-long secret', `Basic ${base64(`a:${tooLong}`)}`],
] as const

describe.each(expresses)('bad input on $version', ({ express }) => {
  async function recorded(parsed = false) {
    const { calls, through } = recorder()
    const before = parsed ? [express.urlencoded({ extended: true })] : []
    return { at: await provider(express, { through, before }), calls }
  }

  it.each(forms)('security 23: a form with %s is invalid_request', async (_what, form) => {
    for (const parsed of [false, true]) {
      const { at, calls } = await recorded(parsed)
      expect(refusal(await post(at.app, form))).toEqual(invalidRequest)
      expect(calls).toEqual([])
    }
  })

  it.each(nested)('security 23: a form with %s is refused', async (_what, form) => {
    const { at, calls } = await recorded(true)
    expect(refusal(await post(at.app, form))).toEqual(invalidRequest)
    expect(calls).toEqual([])
  })

  it.each(nested)(
    'security 23: without a body parser, a form with %s lacks that parameter',
    async (_what, form) => {
      const { at, calls } = await recorded()
      const { status } = await post(at.app, form)
      expect([400, 401]).toContain(status)
      expect(calls.map(({ name }) => name)).not.toContain('find')
    },
  )

  it.each(['client_id', 'grant_type', 'scope', 'state', 'code_challenge', 'redirect_uri'])(
    'security 23: %s that is not a string in a JSON body is refused',
    async (name) => {
      const { at, calls } = await recorded()
      for (const value of [['a'], { a: 'b' }, 1, true]) {
        const answer = await postParsed(express(), at, { [name]: value, client_id: value })
        expect(refusal(answer)).toEqual(invalidRequest)
      }
      expect(calls).toEqual([])
    },
  )

  it.each(malformedBasic)(
    'security 23: a Basic header with %s is refused',
    async (_what, header) => {
      const { at, calls } = await recorded()
      const answer = await post(at.app, own).set('Authorization', header)
      expect(refusal(answer)).toEqual(invalidRequest)
      expect(calls).toEqual([])
    },
  )

  it.each(['client_id=%', 'client_id=%zz', 'a=b&%c3%28=1', 'client_id=%c3%28', 'scope=%ff'])(
    'security 23: the malformed percent-encoding %s is refused',
    async (text) => {
      const { at, calls } = await recorded()
      expect(refusal(await post(at.app, `${own}&${text}`))).toEqual(invalidRequest)
      const query = `response_type=code&${text}`
      expect(refusal(await request(at.app).get(`/oauth/authorize?${query}`))).toEqual(
        invalidRequest,
      )
      expect(calls).toEqual([])
    },
  )

  it('security 23: a body of 1 MB is refused', async () => {
    const { at, calls } = await recorded()
    const answer = await post(at.app, `${own}&padding=${'a'.repeat(1024 * 1024)}`)
    expect(refusal(answer)).toEqual(invalidRequest)
    const posted = await request(at.app)
      .post('/oauth/authorize')
      .type('form')
      .send(`padding=${'a'.repeat(1024 * 1024)}`)
    expect(refusal(posted)).toEqual(invalidRequest)
    expect(calls).toEqual([])
  })

  it.each(['gzip', 'br', 'nonsense'])(
    'security 23: a form with Content-Encoding: %s is refused',
    async (encoding) => {
      const { at, calls } = await recorded()
      const answer = await post(at.app, own).set('Content-Encoding', encoding)
      expect(refusal(answer)).toEqual(invalidRequest)
      expect(calls).toEqual([])
    },
  )

  it.each([
    ['response_type twice', 'response_type=code&response_type=code&client_id=a'],
    ['client_id twice', 'response_type=code&client_id=a&client_id=a'],
    ['redirect_uri twice', 'client_id=a&redirect_uri=b&redirect_uri=b'],
    ['state twice', 'client_id=a&state=b&state=c'],
    ['scope twice', 'client_id=a&scope=b&scope=c'],
    ['code_challenge twice', 'client_id=a&code_challenge=b&code_challenge=c'],
    ['NUL in client_id', 'client_id=a%00'],
    ['NUL in state', 'client_id=a&state=%00'],
    ['an over-long client_id', `client_id=${'a'.repeat(256)}`],
    ['an over-long state', `client_id=a&state=${tooLong}`],
    ['an over-long redirect_uri', `client_id=a&redirect_uri=${tooLong}`],
    ['no parameters', ''],
  ])('security 23: an authorization request with %s is invalid_request', async (_what, query) => {
    const { at, calls } = await recorded()
    const got = await request(at.app).get(`/oauth/authorize?${query}`)
    expect(refusal(got)).toEqual(invalidRequest)
    const posted = await request(at.app).post('/oauth/authorize').type('form').send(query)
    expect(refusal(posted)).toEqual(invalidRequest)
    // Only the client is looked up, to decide where the error is sent.
    expect(calls.filter(({ name }) => name !== 'getClient')).toEqual([])
  })

  it.each(['client_id[$ne]=x', 'client_id[]=x', 'client_id=a&state[b]=c', 'client_id=a&state[]=b'])(
    'security 23: the query %s is a 400, never a 500',
    async (query) => {
      const { at } = await recorded()
      const answer = await request(at.app).get(`/oauth/authorize?response_type=code&${query}`)
      expect(refusal(answer)).toEqual(invalidRequest)
    },
  )

  it.each(['Bearer', 'Bearer \t', `Bearer ${tooLong}`, 'Bearer a\u00e9b', 'Bearer {"a":1}'])(
    'security 23: the header %j at a resource is refused',
    async (header) => {
      const { at, calls } = await recorded()
      const answer = await request(at.app).get('/api/me').set('Authorization', header)
      expect(refusal(answer)).toEqual(invalidRequest)
      expect(calls).toEqual([])
    },
  )

  it('security 23: accepts parameters and headers of the maximum length', async () => {
    const { at, calls } = await recorded()
    const client = await register(at.store, {
      id: 'a'.repeat(255),
      grantTypes: [],
      redirectUris: ['https://a.example/'],
    })
    const long = 'a'.repeat(8192)
    const authorized = await request(at.app)
      .get('/oauth/authorize')
      .query({ response_type: 'code', client_id: client.id, state: long })
    expect(authorized.headers['location']).toContain(`state=${long}`)
    const form = `grant_type=refresh_token&refresh_token=${long}`
    const refreshed = await post(at.app, form).auth(at.web.id, at.web.secret!)
    expect(refusal(refreshed)).toEqual({ status: 400, error: 'invalid_grant' })
    const answer = await request(at.app).get('/api/me').set('Authorization', `Bearer ${long}`)
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_token' })
    expect(calls.map(({ name }) => name).toSorted()).toEqual([
      'find',
      'find',
      'getClient',
      'getClient',
    ])
  })
})

function post(app: App, form: string) {
  return request(app).post('/oauth/token').type('form').send(form)
}

/** Posts to an app whose body parser sets `body`, which may hold any JSON value. */
function postParsed(front: App, at: { app: App }, body: object) {
  front.use((req, _res, next) => {
    req.body = body
    next()
  })
  front.use(at.app)
  return request(front).post('/oauth/token').type('form').send('')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
