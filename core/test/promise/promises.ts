import { memoryStore } from '@oauth2-kit/memory'
import oauthserver from '@oauth2-kit/core'
import type { Differences, PromiseApp } from '../../../test/support/promise/app'
import { redirectUri } from '../../../test/support/promise/calls'
import { recordedStore } from '../support/recorded-store'

/** An app on one of the servers. */
export type AnyApp = Omit<PromiseApp, 'model'>

/** Starts an app on one of the servers, on a new store or the given one. */
export type Open = (differences?: Differences, store?: PromiseApp['store']) => Promise<AnyApp>

/** A promise of oauth2-kit, and how it is measured. Its text is the one of the page. */
export interface MeasuredPromise {
  promise: string
  holds: (open: Open) => Promise<boolean>
}

const parallel = 10
const publicClient = {
  type: 'public' as const,
  grantTypes: ['authorization_code', 'refresh_token'],
}

/** Sends a request many times at once. Returns how many tokens were issued, and the statuses. */
async function race(app: AnyApp, form: object) {
  const answers = await Promise.all(Array.from({ length: parallel }, () => app.grant(form)))
  const granted = answers.filter(({ status }) => status === 200)
  return {
    tokens: new Set(granted.map(({ body }) => body['access_token'])).size,
    statuses: answers.map(({ status }) => status),
  }
}

async function isDead(app: AnyApp, accessToken: string): Promise<boolean> {
  return (await app.present(accessToken)).status === 401
}

/** Every row of the table, in its order. */
export const promises: MeasuredPromise[] = [
  {
    promise: 'Of many parallel requests with one code or refresh token, one at most gets tokens',
    async holds(open) {
      const app = await open({ options: { refreshGrace: 10 } })
      const { status, body } = await app.grant(await app.codeForm())
      const refresh = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] }
      const refreshed = await race(app, refresh)
      const redeemed = await race(app, await app.codeForm())
      // A request that comes late ends the grant, perhaps before the tokens of the first are saved.
      const isRedeemed = redeemed.statuses.some((one) => one === 200 || one === 503)
      return status === 200 && refreshed.tokens === 1 && redeemed.tokens <= 1 && isRedeemed
    },
  },
  {
    promise: 'A code that is presented again ends the grant',
    async holds(open) {
      const app = await open()
      const form = await app.codeForm()
      const { body } = await app.grant(form)
      const wasValid = (await app.present(body['access_token'])).status === 200
      await app.grant(form)
      return wasValid && isDead(app, body['access_token'])
    },
  },
  {
    promise: 'A client that sends a refresh twice at once remains signed in',
    async holds(open) {
      const app = await open({ options: { refreshGrace: 10 } })
      const { body } = await app.grant(await app.signUp())
      const both = [body['refresh_token'], body['refresh_token']].map((token) => app.refresh(token))
      const granted = (await Promise.all(both)).filter(({ status }) => status === 200)
      const isValid = granted.map(
        async (answer) => !(await isDead(app, answer.body['access_token'])),
      )
      return granted.length > 0 && (await Promise.all(isValid)).every(Boolean)
    },
  },
  {
    promise: 'An old refresh token that is presented again later ends the grant',
    async holds(open) {
      const app = await open()
      const first = await app.grant(await app.signUp())
      const second = await app.refresh(first.body['refresh_token'])
      const third = await app.refresh(second.body['refresh_token'])
      const wasValid = (await app.present(third.body['access_token'])).status === 200
      await app.refresh(first.body['refresh_token'])
      return wasValid && isDead(app, third.body['access_token'])
    },
  },
  {
    promise: 'A refresh whose response was lost can be repeated',
    async holds(open) {
      const app = await open()
      const { body } = await app.grant(await app.signUp())
      await app.refresh(body['refresh_token'])
      return (await app.refresh(body['refresh_token'])).status === 200
    },
  },
  {
    promise: 'Codes, tokens and client secrets are stored as hashes',
    async holds(open) {
      const { store, given } = recordedStore(memoryStore())
      const app = await open({}, store)
      const form = await app.codeForm()
      const answers = [await app.grant(form), await app.grant(await app.signUp())]
      const secrets = answers.flatMap(({ body }) => [body['access_token'], body['refresh_token']])
      const all = [...secrets, form['code'], app.client.client_secret]
      return all.every((secret) => secret && !given().includes(secret as string))
    },
  },
  {
    promise: 'A public client gets no code without PKCE by S256',
    async holds(open) {
      const app = await open({ client: publicClient, serverOptions: { enablePlainPKCE: true } })
      const none = { code_challenge: undefined, code_challenge_method: undefined }
      const attempts = [none, { code_challenge_method: 'plain' }]
      const answers = await Promise.all(attempts.map((one) => app.authorize(one)))
      return answers.every(({ code }) => code === undefined)
    },
  },
  {
    promise: 'A public client can use the code flow, with PKCE',
    async holds(open) {
      const app = await open({ client: publicClient })
      return (await app.grant(await app.codeForm())).status === 200
    },
  },
  {
    promise: 'One wrong PKCE verifier consumes the code',
    async holds(open) {
      const app = await open()
      const form = await app.codeForm()
      const wrong = await app.grant({ ...form, code_verifier: 'w'.repeat(43) })
      return wrong.status !== 200 && (await app.grant(form)).status !== 200
    },
  },
  {
    promise: 'A scope that is not registered for the client is refused',
    async holds(open) {
      const app = await open()
      const answer = await app.grant({ grant_type: 'client_credentials', scope: 'read admin' })
      return (
        answer.status === 400 && (await app.authorize({ scope: 'admin' }))['code'] === undefined
      )
    },
  },
  {
    promise: 'A refresh does not return a scope that the client has lost',
    async holds(open) {
      const app = await open()
      const { body } = await app.grant(await app.signUp())
      await oauthserver.updateClient(app.store, app.client.client_id, { scopes: ['read'] })
      const next = await app.refresh(body['refresh_token'])
      return next.status === 200 && !String(next.body['scope']).includes('write')
    },
  },
  {
    promise: 'A refresh can request a narrower scope (RFC 6749 6)',
    async holds(open) {
      const app = await open()
      const { body } = await app.grant(await app.signUp())
      const next = await app.refresh(body['refresh_token'], { scope: 'read' })
      return next.status === 200 && String(next.body['scope']) === 'read'
    },
  },
  {
    promise: 'A redirect URI must equal a registered one, character by character',
    async holds(open) {
      const app = await open()
      const others = [`${redirectUri}/`, `${redirectUri}?a=b`, redirectUri.toUpperCase()]
      const answers = await Promise.all(others.map((one) => app.authorize({ redirect_uri: one })))
      const right = await app.authorize()
      return right['code'] !== undefined && answers.every(({ code }) => code === undefined)
    },
  },
  {
    promise: 'A native app may use any port of a loopback address (RFC 8252 7.3)',
    async holds(open) {
      const client = { ...publicClient, redirectUris: ['http://127.0.0.1/cb'] }
      const app = await open({ client })
      const { code } = await app.authorize({ redirect_uri: 'http://127.0.0.1:7777/cb' })
      return code !== undefined
    },
  },
  {
    promise: 'The registered method of client authentication is enforced',
    async holds(open) {
      const app = await open({ client: { authMethod: 'client_secret_basic' } })
      return (await app.grant({ grant_type: 'client_credentials' })).status !== 200
    },
  },
  {
    promise: 'Each client can have lifetimes of its own, with "never"',
    async holds(open) {
      const short = await open({ client: { accessTokenLifetime: 60 } })
      const endless = await open({ client: { accessTokenLifetime: null } })
      const form = { grant_type: 'client_credentials' }
      const [one, other] = [await short.grant(form), await endless.grant(form)]
      return one.body['expires_in'] <= 60 && other.body['expires_in'] === undefined
    },
  },
  {
    promise: 'A single client can keep its refresh token (`refreshTokenRotation: false`)',
    async holds(open) {
      const app = await open({ client: { refreshTokenRotation: false } })
      const { body } = await app.grant(await app.signUp())
      await app.refresh(body['refresh_token'])
      const again = await app.refresh(body['refresh_token'])
      return again.status === 200 && again.body['refresh_token'] === undefined
    },
  },
  {
    promise: 'A grant ends after its maximum lifetime (`grantLifetime`)',
    async holds(open) {
      const app = await open({ options: { grantLifetime: 10 } })
      const { body } = await app.grant({ grant_type: 'client_credentials' })
      return body['expires_in'] <= 10
    },
  },
  {
    promise: 'The rotations of a grant are limited (`rotationsPerHour`)',
    async holds(open) {
      const app = await open({ options: { rotationsPerHour: 1 } })
      const first = await app.grant(await app.signUp())
      const second = await app.refresh(first.body['refresh_token'])
      const { status, body } = await app.refresh(second.body['refresh_token'])
      // The other servers have no error of their own for it.
      const expected = { 429: 'temporarily_unavailable', 503: 'server_error' }[status]
      return (
        second.status === 200 &&
        body['error'] === expected &&
        body['error_description'] === 'The grant was refreshed too often'
      )
    },
  },
  {
    promise: 'A revoked grant is not accepted again (`revokeGrants`)',
    async holds(open) {
      const app = await open()
      const { body } = await app.grant(await app.signUp())
      const wasValid = (await app.present(body['access_token'])).status === 200
      await oauthserver.revokeGrants(app.store, { clientId: app.client.client_id })
      const refreshed = await app.refresh(body['refresh_token'])
      return wasValid && refreshed.status === 400 && isDead(app, body['access_token'])
    },
  },
  {
    promise: 'The tokens of a user whom `users.find` no longer finds are refused',
    async holds(open) {
      let known: object | null = { id: 'ada' }
      const users = { authenticate: async () => known, find: async () => known }
      const app = await open({ options: { users } })
      const { body } = await app.grant({ grant_type: 'password', username: 'ada', password: 'any' })
      const wasValid = (await app.present(body['access_token'])).status === 200
      known = null
      const refreshed = await app.refresh(body['refresh_token'])
      return wasValid && refreshed.status === 400 && isDead(app, body['access_token'])
    },
  },
  {
    promise: 'A store that fails or never responds is a 503 in bounded time, never a 401',
    async holds(open) {
      const app = await open({ options: { storeTimeout: 20 } })
      const { body } = await app.grant({ grant_type: 'client_credentials' })
      const wasUp = (await app.present(body['access_token'])).status === 200
      const statuses: number[] = []
      const start = performance.now()
      for (const fault of [() => Promise.reject(new Error('down')), () => new Promise(() => {})]) {
        Object.assign(app.store, { find: fault, getClient: fault, issue: fault })
        statuses.push((await app.present(body['access_token'])).status)
        statuses.push((await app.grant({ grant_type: 'client_credentials' })).status)
        statuses.push((await app.requestCode()).status)
      }
      // Less than one default timeout, also on a busy machine.
      const isBounded = performance.now() - start < 4000
      return wasUp && isBounded && statuses.every((status) => status === 503)
    },
  },
  {
    promise: 'A client learns nothing about the failure of a database',
    async holds(open) {
      const app = await open()
      app.store.getClient = () => Promise.reject(new Error('host db.internal'))
      const answer = await app.grant({ grant_type: 'client_credentials' })
      return answer.status === 503 && !JSON.stringify(answer.body).includes('db.internal')
    },
  },
  {
    promise: 'The authorization response has `iss` (RFC 9207)',
    async holds(open) {
      return (await (await open()).authorize())['iss'] !== undefined
    },
  },
]
