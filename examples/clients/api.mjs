// An API on its own server. It asks the provider about each token (RFC 7662). Its client is
// registered with `introspectsAll`, or with the API's URI in `resources`.

import express from 'express'

const { ISSUER = 'http://localhost:3000', PORT = '5000' } = process.env
const { CLIENT_ID = 'demo-web', CLIENT_SECRET = 'demo-web-secret' } = process.env
const credentials = btoa([CLIENT_ID, CLIENT_SECRET].map(encodeURIComponent).join(':'))

/** Accepts only requests that have an active token with this scope (RFC 6750 3.1). */
function needs(scope) {
  return async (req, res, next) => {
    const [, token] = /^bearer +(\S+)$/i.exec(req.get('Authorization') ?? '') ?? []
    if (!token) return res.set('WWW-Authenticate', 'Bearer').sendStatus(401)
    const answer = await fetch(`${ISSUER}/oauth/introspect`, {
      method: 'POST',
      headers: { Authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ token }),
    })
    // Not a 401, because it is unknown whether the token is valid.
    if (!answer.ok) return res.set('Retry-After', '1').sendStatus(503)
    req.token = await answer.json()
    if (!req.token.active || req.token.token_type !== 'Bearer') {
      return res.set('WWW-Authenticate', 'Bearer error="invalid_token"').sendStatus(401)
    }
    if (req.token.scope.split(' ').includes(scope)) return next()
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
