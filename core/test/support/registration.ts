import request, { type Response, type Test } from 'supertest'
import { type Provider, type TestClient } from './provider'

/** The response about a client (RFC 7591 3.2.1, RFC 7592 3). */
export interface Information {
  client_id: string
  client_id_issued_at: number
  client_secret?: string
  client_secret_expires_at?: number
  registration_access_token: string
  registration_client_uri: string
  redirect_uris: string[]
  [member: string]: unknown
}

/** Metadata that every policy of the tests accepts. */
export const someMetadata = {
  redirect_uris: ['https://app.example/callback'],
  client_name: 'Some app',
  token_endpoint_auth_method: 'none',
}

/** Registers a client, with an initial access token if one is passed. */
export function registering(
  { app }: Pick<Provider, 'app'>,
  metadata: unknown,
  token?: string,
): Test {
  const pending = request(app).post('/oauth/register').set('Content-Type', 'application/json')
  if (token !== undefined) void pending.set('Authorization', `Bearer ${token}`)
  return pending.send(typeof metadata === 'string' ? metadata : JSON.stringify(metadata))
}

/** The information in a response with this status. */
export function informationIn({ status, body }: Response, expected = 201): Information {
  if (status !== expected) throw new Error(`Not ${expected}: ${status} ${JSON.stringify(body)}`)
  return body as Information
}

/** Registers a client and returns the response about it. */
export async function registered(
  at: Pick<Provider, 'app'>,
  metadata: object = someMetadata,
  token?: string,
): Promise<Information> {
  return informationIn(await registering(at, metadata, token))
}

/** Sends a request of a client about its registration (RFC 7592 2). */
export function managing(
  { app }: Pick<Provider, 'app'>,
  method: 'get' | 'put' | 'delete',
  of: Pick<Information, 'registration_client_uri' | 'registration_access_token'>,
  metadata?: object,
): Test {
  const { pathname, search } = new URL(of.registration_client_uri)
  const path = `${pathname}${search}`
  const pending = request(app)[method](path)
  void pending.set('Authorization', `Bearer ${of.registration_access_token}`)
  return metadata ? pending.send(metadata) : pending
}

/** The metadata of a client for PUT: all that the server has returned, without its own members. */
export function replacing(of: Information, changes: object = {}): object {
  const {
    registration_access_token: _,
    registration_client_uri: __,
    client_secret_expires_at: ___,
    client_id_issued_at: ____,
    ...metadata
  } = of
  return { ...metadata, ...changes }
}

/** The client as the other helpers of the tests need it. */
export async function asTestClient(at: Provider, of: Information): Promise<TestClient> {
  const client = (await at.store.getClient(of.client_id))!
  const [redirectUri = ''] = of.redirect_uris
  return { ...client, secret: of.client_secret ?? null, redirectUri }
}
