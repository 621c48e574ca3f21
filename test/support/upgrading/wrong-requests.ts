import { randomBytes } from 'node:crypto'
import { type Issued, api, authorize, basic, code, issued, password, token } from './requests'
import { album, other } from './plain-model'
import type { Measured } from './servers'

/** A wrong request: its title in the table, and how to send it. */
export interface WrongRequest {
  title: string
  send: (server: Measured) => Promise<Response>
}

/** To the token endpoint. */
export const atToken: WrongRequest[] = [
  { title: '`GET`', send: ({ url }) => fetch(`${url}/oauth/token`) },
  {
    title: 'a JSON body',
    send: ({ url }) =>
      fetch(`${url}/oauth/token`, {
        method: 'POST',
        headers: { ...basic(album), 'Content-Type': 'application/json' },
        body: JSON.stringify(password),
      }),
  },
  { title: 'no client', send: ({ url }) => token(url, password, {}) },
  {
    title: 'an unknown client, in the Basic header',
    send: ({ url }) => token(url, password, basic({ id: 'nobody', secret: 'secret' })),
  },
  {
    title: 'a wrong secret, in the Basic header',
    send: ({ url }) => token(url, password, basic({ id: album.id, secret: 'wrong' })),
  },
  {
    title: 'a wrong secret, in the body',
    send: ({ url }) => token(url, { ...password, client_id: album.id, client_secret: 'wrong' }, {}),
  },
  { title: 'no `grant_type`', send: ({ url }) => token(url, {}) },
  {
    title: 'an unknown `grant_type`',
    send: ({ url }) => token(url, { grant_type: 'unheard_of' }),
  },
  {
    title: 'a grant type that the client may not use',
    send: ({ url }) => token(url, { grant_type: 'client_credentials' }),
  },
  { title: 'a wrong password', send: ({ url }) => token(url, { ...password, password: 'wrong' }) },
  {
    title: 'a parameter twice',
    send: ({ url }) => token(url, `${new URLSearchParams(password).toString()}&username=bob`),
  },
  {
    title: 'a scope that the client may not have',
    send: ({ url }) => token(url, { ...password, scope: 'admin' }),
  },
  {
    title: 'an unknown code',
    send: async ({ url }) => token(url, { ...(await code(url)), code: 'unknown' }),
  },
  {
    title: 'a code of another client',
    send: async ({ url }) => token(url, await code(url), basic(other)),
  },
  {
    title: 'a code with another `redirect_uri`',
    send: async ({ url }) =>
      token(url, { ...(await code(url)), redirect_uri: 'http://127.0.0.1:4000/other' }),
  },
  {
    title: 'a code with a wrong `code_verifier`',
    send: async ({ url }) =>
      token(url, { ...(await code(url)), code_verifier: randomBytes(32).toString('base64url') }),
  },
  {
    title: 'a code without its `code_verifier`',
    async send({ url }) {
      const { code_verifier: _left, ...form } = await code(url)
      return token(url, form)
    },
  },
  {
    title: 'a code for the second time',
    async send({ url }) {
      const form = await code(url)
      await token(url, form)
      return token(url, form)
    },
  },
  {
    title: 'an unknown refresh token',
    send: ({ url }) => token(url, { grant_type: 'refresh_token', refresh_token: 'unknown' }),
  },
  {
    title: 'a refresh token of another client',
    async send({ url }) {
      const { refresh_token } = await issued(url)
      return token(url, { grant_type: 'refresh_token', refresh_token }, basic(other))
    },
  },
  {
    title: 'a refresh with more scope',
    async send({ url }) {
      const { refresh_token } = await issued(url)
      return token(url, {
        grant_type: 'refresh_token',
        refresh_token,
        scope: 'profile photos',
      })
    },
  },
  {
    title: 'a refresh token for the third time',
    async send({ url }) {
      let { refresh_token } = await issued(url)
      const first = refresh_token
      for (let times = 0; times < 2; times++) {
        const refreshed = await token(url, { grant_type: 'refresh_token', refresh_token })
        ;({ refresh_token } = (await refreshed.json()) as Issued)
      }
      return token(url, { grant_type: 'refresh_token', refresh_token: first })
    },
  },
  {
    title: 'any request, while the database is down',
    send(server) {
      server.state.isDown = true
      return token(server.url, password)
    },
  },
]

/** To the authorization endpoint, where the user is signed in. */
export const atAuthorize: WrongRequest[] = [
  { title: 'no `client_id`', send: ({ url }) => authorize(url, { client_id: '' }) },
  { title: 'an unknown client', send: ({ url }) => authorize(url, { client_id: 'nobody' }) },
  {
    title: 'a redirect URI of another host',
    send: ({ url }) => authorize(url, { redirect_uri: 'https://evil.example.com/callback' }),
  },
  { title: 'no `state`', send: ({ url }) => authorize(url, { state: '' }) },
  { title: 'no `response_type`', send: ({ url }) => authorize(url, { response_type: '' }) },
  {
    title: '`response_type=token`',
    send: ({ url }) => authorize(url, { response_type: 'token' }),
  },
  {
    title: 'no `code_challenge`',
    send: ({ url }) => authorize(url, { code_challenge: '', code_challenge_method: '' }),
  },
  {
    title: '`code_challenge_method=plain`',
    send: ({ url }) => authorize(url, { code_challenge_method: 'plain' }),
  },
  {
    title: 'a scope that the client may not have',
    send: ({ url }) => authorize(url, { scope: 'admin' }),
  },
  { title: 'the user refuses', send: ({ url }) => authorize(url, { allowed: 'false' }) },
  {
    title: 'any request, while the database is down',
    send(server) {
      server.state.isDown = true
      return authorize(server.url, {})
    },
  },
]

/** To an API. */
export const atApi: WrongRequest[] = [
  { title: 'no token', send: ({ url }) => fetch(`${url}/api`) },
  {
    title: 'the scheme `Basic`',
    send: ({ url }) => fetch(`${url}/api`, { headers: basic(album) }),
  },
  { title: 'an unknown token', send: ({ url }) => api(url, 'unknown') },
  {
    title: 'an expired token',
    async send(server) {
      const { access_token } = await issued(server.url)
      server.state.hasAged = true
      return api(server.url, access_token)
    },
  },
  {
    title: 'a token without the scope',
    async send({ url }) {
      const { access_token } = await issued(url)
      return api(url, access_token, '/api/photos')
    },
  },
  {
    title: 'a token in the query',
    async send({ url }) {
      const { access_token } = await issued(url)
      return fetch(`${url}/api?access_token=${access_token}`)
    },
  },
  {
    title: 'a token in the body',
    async send({ url }) {
      const body = new URLSearchParams({ access_token: (await issued(url)).access_token })
      return fetch(`${url}/api`, { method: 'POST', body })
    },
  },
  {
    title: 'the scheme in lower case, `bearer`',
    async send({ url }) {
      const Authorization = `bearer ${(await issued(url)).access_token}`
      return fetch(`${url}/api`, { headers: { Authorization } })
    },
  },
  {
    title: 'any token, while the database is down',
    async send(server) {
      const { access_token } = await issued(server.url)
      server.state.isDown = true
      return api(server.url, access_token)
    },
  },
]
