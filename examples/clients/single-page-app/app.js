// A single-page app: a public client that runs only in the browser, with PKCE. Its tokens are kept
// only in the memory of the page, so a reload signs the user in again, mostly without a prompt.

import * as oauth from 'oauth4webapi'

const { issuer, clientId } = await (await fetch('/config.json')).json()
const client = { client_id: clientId }
const redirectUri = `${location.origin}/callback`
// The example provider has no TLS certificate.
const options = { [oauth.allowInsecureRequests]: new URL(issuer).hostname === 'localhost' }

const status = document.querySelector('#status')
const button = (name) => document.querySelector(`#${name}`)

const provider = await discover()
let tokens

async function discover() {
  const url = new URL(issuer)
  const answer = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...options })
  return oauth.processDiscoveryResponse(url, answer)
}

async function signIn() {
  const attempt = {
    state: oauth.generateRandomState(),
    verifier: oauth.generateRandomCodeVerifier(),
  }
  // Only for this tab, and read once.
  sessionStorage.setItem('attempt', JSON.stringify(attempt))
  const url = new URL(provider.authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'profile',
    state: attempt.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  })
  location.assign(url)
}

async function finish() {
  const { state, verifier } = JSON.parse(sessionStorage.getItem('attempt') ?? '{}')
  sessionStorage.removeItem('attempt')
  const callback = new URL(location.href)
  // The code has been used, and should not stay in the history.
  history.replaceState(null, '', '/')
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
  tokens = await oauth.processAuthorizationCodeResponse(provider, client, response)
}

async function refresh() {
  const { refresh_token } = tokens
  const authentication = oauth.None()
  const response = await oauth.refreshTokenGrantRequest(
    provider,
    client,
    authentication,
    refresh_token,
    options,
  )
  tokens = await oauth.processRefreshTokenResponse(provider, client, response)
  await show('Refreshed, and still')
}

async function signOut() {
  const { refresh_token } = tokens
  tokens = undefined
  const authentication = oauth.None()
  const answer = await oauth.revocationRequest(
    provider,
    client,
    authentication,
    refresh_token,
    options,
  )
  await oauth.processRevocationResponse(answer)
  await show()
}

async function show(how = 'You are') {
  button('sign-in').hidden = tokens !== undefined
  button('refresh').hidden = button('sign-out').hidden = tokens === undefined
  if (!tokens) {
    status.textContent = 'You are not signed in.'
    return
  }
  const url = new URL('/api/me', issuer)
  const answer = await oauth.protectedResourceRequest(
    tokens.access_token,
    'GET',
    url,
    undefined,
    undefined,
    options,
  )
  status.textContent = `${how} signed in as ${(await answer.json()).username}.`
}

function doing(action) {
  return () =>
    action().catch((error) => {
      status.textContent = `The request failed: ${error.error ?? error.message}`
      button('sign-in').hidden = false
    })
}

for (const [name, action] of Object.entries({ 'sign-in': signIn, refresh, 'sign-out': signOut })) {
  button(name).addEventListener('click', doing(action))
}
await doing(async () => {
  if (location.pathname === '/callback') await finish()
  await show()
})()
