// An API on its own server. VERIFY says how it checks a token:
// - introspection: asks the provider (RFC 7662). Its client is registered with `introspectsAll`, or
//   with the API's URI in `resources`. It works for every token.
// - jwt: verifies the signature with the provider's public keys (RFC 9068), without a request.

import { createHash } from 'node:crypto'
import express from 'express'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const { ISSUER = 'http://localhost:3000', PORT = '5000', VERIFY = 'introspection' } = process.env
const { CLIENT_ID = 'demo-web', CLIENT_SECRET = 'demo-web-secret' } = process.env
/** What tokens must be for: the API's URI, or the provider if it has no resources. */
const { AUDIENCE = ISSUER } = process.env
/** How long an introspection response is used again, in seconds: a revocation takes so long. */
const { CACHE_SECONDS = '5' } = process.env

const claimsOf = { introspection: introspect, jwt: verify }[VERIFY]
if (!claimsOf) throw new Error(`VERIFY is "${VERIFY}": use introspection or jwt`)

const credentials = btoa([CLIENT_ID, CLIENT_SECRET].map(encodeURIComponent).join(':'))
const mostCached = 1000
const cached = new Map()

/** Resolves with the claims of a token, or `null` if it is not valid. Rejects if that is unknown. */
async function introspect(token) {
  const key = createHash('sha256').update(token).digest('base64')
  const known = cached.get(key)
  if (known?.until > Date.now()) return known.claims
  cached.delete(key)
  const answer = await fetch(`${ISSUER}/oauth/introspect`, {
    method: 'POST',
    headers: { Authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ token }),
    signal: AbortSignal.timeout(5000),
  })
  if (!answer.ok) throw new Error(`The introspection endpoint responded with ${answer.status}`)
  const claims = await answer.json()
  if (!claims.active || claims.token_type !== 'Bearer') return null
  // Refusals are not kept, and no response outlives its token.
  const until = Math.min(Date.now() + 1000 * CACHE_SECONDS, 1000 * (claims.exp ?? Infinity))
  cached.set(key, { claims, until })
  // The first key is the oldest one.
  if (cached.size > mostCached) cached.delete(cached.keys().next().value)
  return claims
}

// Fetches the keys with the first token, and again if a token names an unknown key.
const keys = createRemoteJWKSet(new URL(`${ISSUER}/oauth/jwks`))
const expected = {
  typ: 'at+jwt',
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'PS256'],
  requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
}

/** As above. The provider is not asked, so a revoked token is valid until it expires. */
async function verify(token) {
  try {
    const { payload } = await jwtVerify(token, keys, expected)
    // A token that is bound to a key needs a proof of that key (RFC 9449 7).
    return payload.cnf ? null : payload
  } catch (error) {
    const isUnknown = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']
    if (error instanceof errors.JOSEError && !isUnknown.includes(error.code)) return null
    throw error
  }
}

/** Accepts only requests that have a valid token with this scope (RFC 6750 3.1). */
function needs(scope) {
  return async (req, res, next) => {
    const [, token] = /^bearer +(\S+)$/i.exec(req.get('Authorization') ?? '') ?? []
    if (!token) return res.set('WWW-Authenticate', 'Bearer').sendStatus(401)
    try {
      req.token = await claimsOf(token)
    } catch (error) {
      console.error(error.message)
      // Not a 401, because it is unknown whether the token is valid.
      return res.set('Retry-After', '1').sendStatus(503)
    }
    if (!req.token)
      return res.set('WWW-Authenticate', 'Bearer error="invalid_token"').sendStatus(401)
    if ((req.token.scope ?? '').split(' ').includes(scope)) return next()
    res.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
    return res.sendStatus(403)
  }
}

const app = express()
app.get('/photos', needs('profile'), (req, res) => {
  res.json({ photos: [], of: req.token.sub ?? null, askedBy: req.token.client_id })
})

const server = app.listen(Number(PORT), () => {
  console.log(`Listening on http://localhost:${server.address().port}`)
})
process.once('SIGTERM', () => server.close())
