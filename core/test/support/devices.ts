import oauthserver, {
  type Client,
  type DevicePage,
  type Options,
  type RouterOptions,
  createClient,
} from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request, { type Response, type Test } from 'supertest'
import { Clock, issuer } from './provider'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** What an application decides on its consent page. */
export type Choice = { allow: boolean; user?: string; scope?: string }

/** A provider for devices. */
export interface DeviceProvider {
  app: express.Express
  oauth: ReturnType<typeof oauthserver>
  store: MemoryStore
  clock: Clock
  /** A public client with the grant type of devices. */
  tv: Client
  /** The consent requests that the application has seen. */
  asked: Parameters<NonNullable<RouterOptions['consent']>>[2][]
  pages: DevicePage[]
}

/** How a provider differs. */
export interface Differences extends Omit<Partial<Options>, 'store' | 'model'> {
  through?: (store: MemoryStore) => ConstructorParameters<typeof oauthserver>[0]['store']
  hooks?: Partial<RouterOptions>
  client?: Partial<Client>
}

/** The codes that a device gets. */
export interface Codes {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

/**
 * A provider on Express. Its application signs in the user of the query (`user`), and takes the decision
 * of the posted form (`decision`).
 */
export async function deviceProvider(differences: Differences = {}): Promise<DeviceProvider> {
  const { through = (store) => store, hooks, client, ...options } = differences
  const clock = new Clock()
  const store = memoryStore({ now: clock.now })
  const { client: tv } = await createClient(store, {
    type: 'public',
    grantTypes: [deviceGrant, 'refresh_token'],
    scopes: ['profile', 'email'],
    name: 'TV',
    ...client,
  })
  const oauth = oauthserver({
    store: through(store)!,
    issuer,
    now: clock.now,
    storeTimeout: 60_000,
    debug: false,
    grants: ['authorization_code', 'refresh_token', deviceGrant],
    ...options,
  })
  const asked: DeviceProvider['asked'] = []
  const pages: DevicePage[] = []
  const app = express()
  app.use(
    oauth.router({
      authenticate: ({ query }) => ({
        id: typeof query['user'] === 'string' ? query['user'] : 'anna',
      }),
      consent(_req, res, authorization) {
        asked.push(authorization)
        const { decision, scope } = authorization.form
        if (decision === 'allow') return typeof scope === 'string' ? { scope } : true
        if (decision === 'deny') return false
        res.send('consent')
        return null
      },
      device(_req, res, page) {
        pages.push(page)
        res.send(page.step)
        return null
      },
      ...hooks,
    }),
  )
  return { app, oauth, store, clock, tv, asked, pages }
}

/** Begins the request of a device. */
export function begin(
  { app, tv }: Pick<DeviceProvider, 'app' | 'tv'>,
  form: Record<string, string> = {},
): Test {
  return request(app)
    .post('/oauth/device_authorization')
    .type('form')
    .send({ client_id: tv.id, ...form })
}

/** The codes of a new request. */
export async function codes(
  provider: Pick<DeviceProvider, 'app' | 'tv'>,
  form: Record<string, string> = {},
): Promise<Codes> {
  const { status, body } = await begin(provider, form)
  if (status !== 200) throw new Error(`No codes, but ${status} ${JSON.stringify(body)}`)
  return body as Codes
}

/** Asks for the tokens of a device. */
export function poll(
  { app, tv }: Pick<DeviceProvider, 'app' | 'tv'>,
  deviceCode: string,
  form: Record<string, string> = {},
): Test {
  return request(app)
    .post('/oauth/token')
    .type('form')
    .send({ grant_type: deviceGrant, client_id: tv.id, device_code: deviceCode, ...form })
}

/** Opens the page with a user code. */
export function open(
  { app }: Pick<DeviceProvider, 'app'>,
  userCode: string,
  query: Record<string, string> = {},
): Test {
  return request(app)
    .get('/oauth/device')
    .query({ user_code: userCode, ...query })
}

/** Posts the decision of the consent page. */
export function decide(
  { app }: Pick<DeviceProvider, 'app'>,
  userCode: string,
  { allow, user = 'anna', scope }: Choice,
): Test {
  return request(app)
    .post('/oauth/device')
    .query({ user_code: userCode, user })
    .type('form')
    .send({ decision: allow ? 'allow' : 'deny', ...(scope !== undefined && { scope }) })
}

/** The status and error code of a response. */
export function outcome({ status, body }: Response): string {
  return `${status} ${(body as { error?: string }).error ?? 'ok'}`
}
