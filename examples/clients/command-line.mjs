// A command-line program whose user signs in with a browser. The answer arrives at a local port
// (RFC 8252 7.3).

import { createServer } from 'node:http'
import * as oauth from 'oauth4webapi'

const { ISSUER = 'http://localhost:3000', CLIENT_ID = 'demo-spa' } = process.env
const client = { client_id: CLIENT_ID }
// The example provider has no TLS certificate.
const options = { [oauth.allowInsecureRequests]: ISSUER.startsWith('http://localhost') }

const issuer = new URL(ISSUER)
const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
const provider = await oauth.processDiscoveryResponse(issuer, discovered)

const server = createServer().listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const redirectUri = `http://127.0.0.1:${server.address().port}/callback`

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const url = new URL(provider.authorization_endpoint)
url.search = new URLSearchParams({
  response_type: 'code',
  client_id: CLIENT_ID,
  redirect_uri: redirectUri,
  scope: 'profile',
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
console.log(`Open this in your browser:\n${url}`)

const callback = await new Promise((resolve) => {
  server.on('request', (req, res) => {
    res.end('You may close this window.')
    if (req.url.startsWith('/callback')) resolve(new URL(req.url, redirectUri))
  })
})
server.close()
server.closeIdleConnections()

const answer = oauth.validateAuthResponse(provider, client, callback, state)
const response = await oauth.authorizationCodeGrantRequest(
  provider,
  client,
  oauth.None(),
  answer,
  redirectUri,
  verifier,
  options,
)
const { access_token } = await oauth.processAuthorizationCodeResponse(provider, client, response)

const me = await oauth.protectedResourceRequest(
  access_token,
  'GET',
  new URL('/api/me', issuer),
  undefined,
  undefined,
  options,
)
console.log(`Signed in as ${(await me.json()).username}`)
