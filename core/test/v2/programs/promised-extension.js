'use strict'

// Calls the extension grant of toModel(store) without a callback, as a server with promises does.

const oauthserver = require('oauth2-server')
const { memoryStore } = require('memory')

const model = oauthserver.toModel(memoryStore(), {
  extendedGrant: (_grantType, request, callback) => callback(null, true, { id: request.card }),
})

void Promise.resolve(model.extendedGrant('urn:example:card', { card: 'ada' })).then((user) =>
  process.stdout.write(JSON.stringify(user)),
)
