// A service that acts for itself (RFC 6749 4.4). It gets a token, and a new one before that
// expires.

const { ISSUER = 'http://localhost:3000', RESOURCE = `${ISSUER}/api/me` } = process.env
const { CLIENT_ID = 'demo-web', CLIENT_SECRET = 'demo-web-secret' } = process.env

const marginMs = 60_000
let token = { value: '', expiresAt: 0 }

async function accessToken() {
  if (Date.now() < token.expiresAt - marginMs) return token.value
  const encoded = [CLIENT_ID, CLIENT_SECRET].map(encodeURIComponent).join(':')
  const answer = await fetch(`${ISSUER}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(encoded)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'profile' }),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(`${body.error}: ${body.error_description}`)
  token = { value: body.access_token, expiresAt: Date.now() + body.expires_in * 1000 }
  return token.value
}

const headers = { Authorization: `Bearer ${await accessToken()}` }
const answer = await fetch(RESOURCE, { headers })
console.log(answer.status, await answer.text())
