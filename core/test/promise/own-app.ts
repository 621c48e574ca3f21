import { randomUUID } from 'node:crypto'
import oauthserver, {
  type Store,
  type StoreOptions,
  createClient,
  createUser,
} from '@oauth2-kit/core'
import express from 'express'
import request from 'supertest'
import {
  type Answer,
  type Differences,
  type PromiseApp,
  challenge,
  redirectUri,
  verifier,
} from '../../../test/support/promise/app'
import { passwords } from '../support/quick-passwords'

const grants = ['authorization_code', 'refresh_token', 'password', 'client_credentials']

/** Our own server on a store, with the same interface as `promiseApp`. */
export async function ownApp(
  store: Store,
  { options, client: details }: Differences = {},
): Promise<Omit<PromiseApp, 'model'>> {
  const made = await createClient(store, {
    grantTypes: grants,
    redirectUris: [redirectUri],
    scopes: ['read', 'write'],
    ...details,
  })
  const client = {
    client_id: made.client.id,
    ...(made.secret !== null && { client_secret: made.secret }),
  }
  const user = { id: randomUUID() }
  const settings = {
    store,
    grants,
    issuer: 'https://as.example',
    passwords,
    debug: false,
    ...options,
  }
  const oauth = oauthserver(settings as StoreOptions)
  const app = express()
  app.post('/token', oauth.grant())
  app.get('/authorize', oauth.authCodeGrant({ authenticate: () => user, consent: () => true }))
  for (const scope of ['read', 'write', 'read write'])
    app.get(
      `/${scope}`,
      oauth.authorise({ scope }),
      (req, res) => void res.json({ user: req.user }),
    )
  app.get('/', oauth.authorise(), (req, res) => void res.json({ user: req.user }))
  app.use(oauth.errorHandler())

  async function grant(form: object, as: object = client): Promise<Answer> {
    const { status, body } = await request(app)
      .post('/token')
      .type('form')
      .send({ ...as, ...form })
    return { status, body }
  }

  async function authorize(parameters: object = {}): Promise<Record<string, string>> {
    const query = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirectUri,
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...parameters,
    }
    const { headers, body } = await request(app).get('/authorize').query(query)
    if (!headers['location']) return body as Record<string, string>
    return Object.fromEntries(new URL(headers['location']).searchParams)
  }

  return {
    store,
    client,
    user,
    grant,
    authorize,
    async codeForm(parameters = {}) {
      const { code = '' } = await authorize(parameters)
      return {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }
    },
    async signUp() {
      const [username, password] = [`user-${randomUUID()}`, randomUUID()]
      await createUser(store as never, { username, password }, { passwords })
      return { grant_type: 'password', username, password }
    },
    refresh: (token, form = {}, as) =>
      grant({ grant_type: 'refresh_token', refresh_token: token, ...form }, as),
    async present(token, scope = '') {
      const { status, body } = await request(app)
        .get(encodeURI(`/${scope}`))
        .auth(token, { type: 'bearer' })
      return { status, body }
    },
  }
}
