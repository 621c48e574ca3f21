import { createHash, randomUUID } from 'node:crypto'
import oauthserver, {
  type NewClient,
  type Store,
  type ToPromiseModelOptions,
  toPromiseModel,
} from '@oauth2-kit/core'
import express, { type Request, type Response } from 'express'
import request from 'supertest'
import { passwords } from '../../../core/test/support/quick-passwords'
import type { AnyPromiseModel, PromiseServer } from './servers'

export const redirectUri = 'https://client.example/callback'
/** A PKCE verifier and its challenge (RFC 7636 4). */
export const verifier = 'v'.repeat(43)
export const challenge = createHash('sha256').update(verifier).digest('base64url')
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }

/** What a test changes. */
export interface Differences {
  options?: Record<string, unknown>
  /** The options of the server, such as `alwaysIssueNewRefreshToken`. */
  serverOptions?: Record<string, unknown>
  client?: NewClient
  /** Changes the model, as the wrapper of an application does. */
  wrap?: (model: AnyPromiseModel) => object
}

/** A status, a body and, for a redirect, its parameters. */
export interface Answer {
  status: number
  body: Record<string, any> // oxlint-disable-line no-explicit-any -- JSON
}

/** Returns the model for a server. */
export function modelFor(
  { scopeFormat }: Pick<PromiseServer, 'scopeFormat'>,
  store: Store,
  options: object = {},
): AnyPromiseModel {
  // Long enough that no call times out by accident on a busy machine.
  const all = { passwords, storeTimeout: 60_000, ...options, scopeFormat }
  return toPromiseModel(store, all as ToPromiseModelOptions)
}

/** A server on a store, with a client and a user. */
export async function promiseApp(
  version: PromiseServer,
  store: Store,
  { options, serverOptions, client: details, wrap = (model) => model }: Differences = {},
) {
  const made = await oauthserver.createClient(store, {
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
    redirectUris: [redirectUri],
    scopes: ['read', 'write'],
    ...details,
  })
  const client = {
    client_id: made.client.id,
    ...(made.secret !== null && { client_secret: made.secret }),
  }
  const user = { id: randomUUID() }
  const model = modelFor(version, store, options)
  const oauth = new version.server({ model: wrap(model), ...serverOptions })

  const handle =
    (name: 'token' | 'authorize' | 'authenticate', own: (req: Request) => object = () => ({})) =>
    async (req: Request, res: Response) => {
      const answer = new version.server.Response(res)
      let body: unknown
      try {
        const result = await oauth[name](new version.server.Request(req), answer, own(req))
        body = name === 'authenticate' ? result : answer.body
      } catch (error) {
        const { code, name: error_, message } = error as Error & { code: number }
        answer.status = answer.headers['location'] ? 302 : code
        body = { error: error_, error_description: message }
      }
      res.set(answer.headers).status(answer.status).send(body)
    }

  const app = express()
  app.use(express.urlencoded({ extended: false }))
  app.post('/token', handle('token'))
  app.get(
    '/authorize',
    handle('authorize', () => ({ authenticateHandler: { handle: () => user } })),
  )
  app.get(
    '/',
    handle('authenticate', ({ query }) => {
      const scope = query['scope'] as string | undefined
      // Version 5.0 takes an array only.
      if (scope === undefined) return {}
      return { scope: version.scopeFormat === 'array' ? scope.split(' ') : scope }
    }),
  )

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
      ...(version.hasPkce && pkce),
      ...parameters,
    }
    const { headers, body } = await request(app).get('/authorize').query(query)
    if (!headers['location']) return body as Record<string, string>
    return Object.fromEntries(new URL(headers['location']).searchParams)
  }

  return {
    store,
    model,
    client,
    user,
    grant,
    /** Calls the authorization endpoint. Returns the parameters of the redirect, or the error. */
    authorize,

    /** Gets a code, and returns the parameters of a request that redeems it. */
    async codeForm(parameters: object = {}): Promise<Record<string, string>> {
      const { code = '' } = await authorize(parameters)
      return {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        ...(version.hasPkce && { code_verifier: verifier }),
      }
    },

    /** Creates a user, and returns the parameters of the password grant. */
    async signUp() {
      const [username, password] = [`user-${randomUUID()}`, randomUUID()]
      await oauthserver.createUser(store, { username, password }, { passwords })
      return { grant_type: 'password', username, password }
    },

    refresh: (token: string, form: object = {}, as?: object) =>
      grant({ grant_type: 'refresh_token', refresh_token: token, ...form }, as),

    /** Presents an access token. Returns the status, and the token or the error. */
    async present(token: string, scope?: string): Promise<Answer> {
      const query = scope === undefined ? {} : { scope }
      const { status, body } = await request(app)
        .get('/')
        .query(query)
        .auth(token, { type: 'bearer' })
      return { status, body }
    },
  }
}

/** What `promiseApp` resolves with. */
export type PromiseApp = Awaited<ReturnType<typeof promiseApp>>
