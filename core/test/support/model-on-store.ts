import { randomUUID } from 'node:crypto'
import oauthserver, { type ToModelOptions } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import original from 'oauth2-server'
import request from 'supertest'
import { expresses } from './express'
import { recordedStore } from './recorded-store'
import { putUser } from './records'

/** The servers that accept a 2.4 model: the original, on Express 4 only, and ours. */
export const servers = [
  { name: 'oauth2-server 2.4.1 on Express 4', server: original, express: expresses[0]!.express },
  ...expresses.map(({ version, express }) => ({
    name: `ours on ${version}`,
    server: oauthserver,
    express,
  })),
]

const redirectUri = 'https://client.example/callback'

/** The URI of the extension grant. */
export const card = 'urn:example:card'

const grants = ['authorization_code', 'password', 'refresh_token', 'client_credentials', card]

/** A server with the model of `toModel` on a memory store, with two clients and a user. */
export async function serverOnStore(
  { server, express }: (typeof servers)[number],
  options: ToModelOptions = {},
) {
  const { store, given } = recordedStore(memoryStore())
  const register = async () => {
    const made = await oauthserver.createClient(store, {
      grantTypes: grants,
      redirectUris: [redirectUri],
    })
    return { client_id: made.client.id, client_secret: made.secret! }
  }
  const user = { id: randomUUID(), username: `user-${randomUUID()}` }
  const client = await register()
  const other = await register()

  const oauth = server({ model: oauthserver.toModel(store, options), grants })
  const app = express()
  app.use(express.urlencoded({ extended: true }))
  app.all('/oauth/token', oauth.grant())
  app.all(
    '/oauth/authorize',
    oauth.authCodeGrant((_req, next) => next(null, true, { id: user.id })),
  )
  app.all('/', oauth.authorise(), (req, res) => {
    res.json(req.user)
  })
  app.use(oauth.errorHandler())

  return {
    store,
    given,
    client,
    other,
    user,

    /** Sets a password for the user, and returns the parameters of the password grant. */
    signUp: async () => {
      const password = randomUUID()
      await putUser(store, { ...user, passwordHash: await oauthserver.hashPassword(password) })
      return { username: user.username, password }
    },

    /** Calls the token endpoint as `as`, by default the first client. */
    grant: (form: object, as = client) =>
      request(app)
        .post('/oauth/token')
        .type('form')
        .send({ ...as, ...form }),

    /** Gets a code for the first client. */
    authorize: async (): Promise<string> => {
      const { client_id } = client
      const query = { response_type: 'code', client_id, redirect_uri: redirectUri }
      const { headers } = await request(app).post('/oauth/authorize').query(query)
      return new URL(headers['location'] ?? '').searchParams.get('code') ?? ''
    },

    /** Presents an access token. Returns the status, and the user id or the error. */
    present: async (token: string): Promise<[number, unknown]> => {
      const { status, body } = await request(app).get('/').auth(token, { type: 'bearer' })
      return [status, status === 200 ? body.id : body.error]
    },
  }
}
