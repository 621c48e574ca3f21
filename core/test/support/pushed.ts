import request, { type Test } from 'supertest'
import {
  type Parameters,
  type Provider,
  type TestClient,
  authorizationRequest,
  authorize,
  formOf,
} from './provider'

/** Sends a form to the endpoint for pushed requests, as this client. */
export function pushForm(
  { app }: Pick<Provider, 'app'>,
  client: TestClient,
  form: Parameters,
): Test {
  return formOf(request(app).post('/oauth/par'), client, form)
}

/** A request that was pushed, and what its code needs. */
export interface Pushed {
  requestUri: string
  verifier: string
  state: string
}

/** Pushes a valid authorization request. */
export async function push(
  at: Pick<Provider, 'app'>,
  client: TestClient,
  differences: Parameters = {},
): Promise<Pushed> {
  const { verifier, parameters } = authorizationRequest(client, differences)
  const { status, body } = await pushForm(at, client, parameters)
  if (status !== 201) throw new Error(`Not pushed, but ${status} ${JSON.stringify(body)}`)
  const { request_uri: requestUri } = body as { request_uri: string }
  return { requestUri, verifier, state: parameters['state'] as string }
}

/** Sends the browser to the authorization endpoint with a pushed request. */
export function open(
  at: Provider,
  { id }: Pick<TestClient, 'id'>,
  { requestUri }: Pick<Pushed, 'requestUri'>,
  differences: Parameters = {},
): Test {
  return authorize(at, { client_id: id, request_uri: requestUri, ...differences })
}
