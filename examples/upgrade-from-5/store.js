'use strict'

const { createClient, getClient } = require('@oauth2-kit/core')
const { memoryStore } = require('@oauth2-kit/memory')
const clients = require('./clients')

// A store in a file, for one process at a time. Your program uses one on its database.
const store = memoryStore({ file: 'oauth.snapshot' })

/** Replaces `getClient` of the model: each client is registered once. */
async function register() {
  for (const { grants, ...client } of clients) {
    if (await getClient(store, client.id)) continue
    await createClient(store, { ...client, grantTypes: grants })
  }
}

module.exports = { store, ready: register() }
