import { createHash, randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type NewClient, type Store, createClient, createUser } from '@oauth2-kit/core'
import request from 'supertest'
import { passwords } from '../../../core/test/support/quick-passwords'

export const redirectUri = 'https://client.example/callback'
/** A PKCE verifier and its challenge (RFC 7636 4). */
export const verifier = 'v'.repeat(43)
export const challenge = createHash('sha256').update(verifier).digest('base64url')
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }

/** A status and a body. */
export interface Answer {
  status: number
  body: Record<string, any> // oxlint-disable-line no-explicit-any -- JSON
}

/** The credentials of a client, as it sends them in the body. */
export interface Credentials {
  client_id: string
  client_secret?: string
}

/** Every grant type that the servers have. */
export const grantTypes = ['authorization_code', 'refresh_token', 'password', 'client_credentials']

/** Registers a client. Returns its credentials. */
export async function register(store: Store, details: NewClient = {}): Promise<Credentials> {
  const { client, secret } = await createClient(store, {
    grantTypes,
    redirectUris: [redirectUri],
    scopes: ['read', 'write'],
    ...details,
  })
  return { client_id: client.id, ...(secret !== null && { client_secret: secret }) }
}

/** Returns functions that call a server, whose endpoints are /token, /authorize and /. */
export function callsOf(
  app: RequestListener,
  { store, client, hasPkce }: { store: Store; client: Credentials; hasPkce: boolean },
) {
  async function grant(form: object, as: object = client): Promise<Answer> {
    const { status, body } = await request(app)
      .post('/token')
      .type('form')
      .send({ ...as, ...form })
    return { status, body }
  }

  /** Calls the authorization endpoint. Returns its status, and its body or the redirect's parameters. */
  async function requestCode(parameters: object = {}): Promise<Answer> {
    const query = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirectUri,
      state: 's',
      ...(hasPkce && pkce),
      ...parameters,
    }
    const { status, headers, body } = await request(app).get('/authorize').query(query)
    if (!headers['location']) return { status, body }
    return { status, body: Object.fromEntries(new URL(headers['location']).searchParams) }
  }

  async function authorize(parameters: object = {}): Promise<Record<string, string>> {
    return (await requestCode(parameters)).body
  }

  return {
    client,
    grant,
    requestCode,
    /** Calls the authorization endpoint. Returns the parameters of the redirect, or the error. */
    authorize,

    /** Gets a code, and returns the parameters of a request that redeems it. */
    codeForm: async (parameters: object = {}): Promise<Record<string, string>> => {
      const { code = '' } = await authorize(parameters)
      return {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        ...(hasPkce && { code_verifier: verifier }),
      }
    },

    /** Creates a user, and returns the parameters of the password grant. */
    signUp: async () => {
      const [username, password] = [`user-${randomUUID()}`, randomUUID()]
      await createUser(store, { username, password }, { passwords })
      return { grant_type: 'password', username, password }
    },

    refresh: (token: string, form: object = {}, as?: object) =>
      grant({ grant_type: 'refresh_token', refresh_token: token, ...form }, as),

    /** Presents an access token. Returns the status, and the token or the error. */
    present: async (token: string, scope?: string): Promise<Answer> => {
      const query = scope === undefined ? {} : { scope }
      const { status, body } = await request(app)
        .get('/')
        .query(query)
        .auth(token, { type: 'bearer' })
      return { status, body }
    },
  }
}
