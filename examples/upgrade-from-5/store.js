'use strict'

const { createClient, getClient } = require('@oauth2-kit/core')
const { memoryStore } = require('@oauth2-kit/memory')

// A store in a file, for one process at a time. Your program uses one on its database.
const store = memoryStore({ file: 'oauth.snapshot' })

/** Replaces `getClient` of the model: the client is registered once. */
async function register() {
  if (await getClient(store, 'album')) return
  await createClient(store, {
    id: 'album',
    secret: 'album-secret',
    redirectUris: ['http://127.0.0.1:4000/callback'],
    grantTypes: ['authorization_code', 'client_credentials', 'password', 'refresh_token'],
    scopes: ['profile', 'report'],
  })
}

module.exports = { store, ready: register() }
