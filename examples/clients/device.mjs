// A program on a device without a browser (RFC 8628), such as a television or a server. It shows a
// code, and its user signs in and enters the code on another device.

import { setTimeout as wait } from 'node:timers/promises'
import * as oauth from 'oauth4webapi'
import { renderUnicodeCompact } from 'uqr'

const { ISSUER = 'http://localhost:3000', CLIENT_ID = 'demo-device' } = process.env
const { SCOPE = 'profile offline_access' } = process.env
const client = { client_id: CLIENT_ID }
/** The longest pause after a failure, in seconds. */
const longestPause = 60
const options = {
  // The example provider has no TLS certificate.
  [oauth.allowInsecureRequests]: ISSUER.startsWith('http://localhost'),
  signal: () => AbortSignal.timeout(30_000),
}

const expired = 'The code has expired. Start again for a new one.'
const errors = {
  access_denied: 'The access was denied.',
  expired_token: expired,
  authorization_pending: expired,
  slow_down: expired,
}

await main().catch((error) => {
  console.error(textOf(error))
  process.exitCode = 1
})

async function main() {
  const issuer = new URL(ISSUER)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
  const provider = await oauth.processDiscoveryResponse(issuer, discovered)
  const started = await oauth.deviceAuthorizationRequest(
    provider,
    client,
    oauth.None(),
    { scope: SCOPE },
    options,
  )
  const device = await oauth.processDeviceAuthorizationResponse(provider, client, started)
  show(device)
  const { access_token, scope } = await tokensFor(provider, device)
  console.log(`Allowed: ${scope || 'nothing but to know that you are signed in'}`)

  const me = await oauth.protectedResourceRequest(
    access_token,
    'GET',
    new URL('/api/me', issuer),
    undefined,
    undefined,
    options,
  )
  console.log(`Signed in as ${(await me.json()).username}`)
}

/** Shows where to enter the code. Both ways show the code, to compare it with the page. */
function show({ user_code, verification_uri, verification_uri_complete, expires_in }) {
  console.log(`On your phone or computer, open ${verification_uri} and enter the code:`)
  console.log(`\n    ${user_code}\n`)
  if (verification_uri_complete !== undefined) {
    console.log('Or scan this, and compare the code on the page:\n')
    console.log(`${renderUnicodeCompact(verification_uri_complete, { border: 2 })}\n`)
  }
  console.log(`Waiting for ${Math.ceil(expires_in / 60)} min ...`)
}

/** Asks for the tokens until the user has decided (RFC 8628 3.4, 3.5). */
async function tokensFor(provider, { device_code, expires_in, interval = 5 }) {
  const end = Date.now() + expires_in * 1000
  let pause = interval
  for (;;) {
    await wait(pause * 1000)
    try {
      const answer = await oauth.deviceCodeGrantRequest(
        provider,
        client,
        oauth.None(),
        device_code,
        options,
      )
      return await oauth.processDeviceCodeResponse(provider, client, answer)
    } catch (error) {
      if (Date.now() > end) throw error
      if (error.error === 'slow_down') {
        pause += 5
      } else if (isPassing(error)) {
        // Asks half as often after each failure.
        pause = Math.max(pause, Math.min(2 * pause, longestPause))
        console.error(`${textOf(error)} Trying again ...`)
      } else if (error.error !== 'authorization_pending') {
        throw error
      }
    }
  }
}

/** Whether the same request may succeed later: no answer, or one that says so. */
function isPassing({ name, status, cause }) {
  if (name === 'TimeoutError' || cause instanceof Error) return true
  const answered = status ?? cause?.status
  return answered === 429 || answered >= 500
}

function textOf({ name, error, error_description, message, cause }) {
  if (error !== undefined) return errors[error] ?? `${error}: ${error_description}`
  if (name === 'TimeoutError') return 'The provider does not answer.'
  if (cause instanceof Error)
    return `The provider cannot be reached: ${cause.code ?? cause.message}.`
  if (cause?.status !== undefined) return `The provider answered with status ${cause.status}.`
  return message
}
