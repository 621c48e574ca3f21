'use strict'

// `npx oauth2-conformance ./conformance.js` tests the model of `1-before.js`.

const [client, otherClient] = require('./clients').map(({ id, secret, redirectUris, scopes }) => ({
  id,
  secret,
  redirectUri: redirectUris[0],
  scope: scopes[0],
}))

exports.name = 'the model before the upgrade'
exports.model = require('./model')
exports.fixtures = {
  client,
  otherClient,
  user: { id: '17', username: 'ada', password: 'engine' },
}
