// Checked by the compiler and never run: calls that are allowed, and calls that are not.

import oauthserver, {
  type Events,
  InvalidGrantError,
  OAuth2Error,
  OAuth2Server,
  type OAuthErrorCode,
  createClient,
  createServer,
} from '@oauth2-kit/core'
import express from 'express'
import express4 from 'express4'
import { memoryStore } from '@oauth2-kit/memory'

const model = memoryStore()

// With and without `new`.
const called: OAuth2Server = oauthserver({ model })
const made: OAuth2Server = new oauthserver({ model })
const typed: oauthserver.OAuth2Server = new OAuth2Server({ model })
export const servers = [called, made, typed]

// @ts-expect-error -- options are required
oauthserver()
// @ts-expect-error -- a model is required
oauthserver({})
// @ts-expect-error -- a model is an object
oauthserver({ model: 'memory' })

// Errors, with and without `new`; the classes take no code.
export const errors: Error[] = [
  new OAuth2Error('invalid_request', 'No photo', new Error('cause')),
  OAuth2Error('invalid_request', false),
  new InvalidGrantError('Void'),
  new oauthserver.InvalidGrantError(null, 'any cause'),
]
// @ts-expect-error -- a class has a fixed code
export const twoTexts = new InvalidGrantError('invalid_grant', 'Void', new Error('cause'))
export const status: number = new OAuth2Error('invalid_request').code

// The codes are a closed union.
export const code: OAuthErrorCode = 'invalid_grant'
// @ts-expect-error -- an unknown code
export const unknownCode: OAuthErrorCode = 'invalid_everything'

// Events have names and types.
const events: Events = called.events
events.on('refresh.reused', ({ grantId, clientId, userId }) => {
  const ids: [string, string, string | null] = [grantId, clientId, userId]
  return ids
})
events.on('store.failed', ({ error }) => {
  const anything: unknown = error
  return anything
})
// @ts-expect-error -- an event contains no token
events.on('token.issued', ({ token }) => token as unknown)
// @ts-expect-error -- a server cannot be changed
called.model = model

// Clients.
export async function clients(): Promise<void> {
  const { client, secret } = await createClient(model, { redirectUris: ['https://a.example/'] })
  const id: string = client.id
  const shown: string | null = secret
  await createClient(model, { id, secret: shown ?? undefined, type: 'public', scopes: null })
  // @ts-expect-error -- the kit computes the hash
  await createClient(model, { secretHash: 'x' })
  // @ts-expect-error -- an unknown type
  await createClient(model, { type: 'secret' })
}

// Apps of both versions of Express.
createServer(express()).listen(0)
createServer(express4(), { keepAlive: true }).listen(0)
// @ts-expect-error -- a function is not an app
createServer(() => {})
