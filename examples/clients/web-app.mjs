// A web application whose server signs users in with Passport (RFC 6749 4.1, with PKCE).

import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OAuth2Strategy from 'passport-oauth2'

const { ISSUER = 'http://localhost:3000', PORT = '4000' } = process.env
const { CLIENT_ID = 'demo-web', CLIENT_SECRET = 'demo-web-secret' } = process.env

// A cookie of the browser keeps what is needed when the user comes back. Only a signed-in user has
// a session, so starting a sign-in uses no memory here.
const cookie = { httpOnly: true, sameSite: 'lax', path: '/callback', maxAge: 600_000 }
const attempts = {
  store(req, verifier, _state, _meta, done) {
    const state = crypto.randomUUID()
    req.res.cookie('attempt', `${state}.${verifier}`, cookie)
    done(null, state)
  },
  verify(req, given, _meta, done) {
    const [, state, verifier] = /(?:^|; )attempt=([\w-]+)\.([\w-]+)/.exec(req.headers.cookie) ?? []
    req.res.clearCookie('attempt', cookie)
    if (state && state === given) done(null, verifier)
    else done(null, false, { message: 'The answer belongs to no request of this browser' })
  },
}

passport.use(
  new OAuth2Strategy(
    {
      authorizationURL: `${ISSUER}/oauth/authorize`,
      tokenURL: `${ISSUER}/oauth/token`,
      clientID: CLIENT_ID,
      // The library would send the secret in the body, but this client is registered for Basic.
      clientSecret: '',
      customHeaders: { Authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
      callbackURL: '/callback',
      scope: 'profile',
      pkce: true,
      store: attempts,
    },
    async (accessToken, _refreshToken, _profile, done) => {
      const headers = { Authorization: `Bearer ${accessToken}` }
      const answer = await fetch(`${ISSUER}/api/me`, { headers })
      return answer.ok ? done(null, await answer.json()) : done(new Error(`${answer.status}`))
    },
  ),
)
// The user object is small, so the session stores all of it.
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

const app = express()
app.use(session({ secret: crypto.randomUUID(), resave: false, saveUninitialized: false }))
app.use(passport.session())

app.get('/', (req, res) => {
  res.send(req.user ? `Signed in as ${req.user.username}` : '<a href="/sign-in">Sign in</a>')
})
app.get('/sign-in', passport.authenticate('oauth2'))
app.get('/callback', passport.authenticate('oauth2', { successRedirect: '/' }))

const server = app.listen(Number(PORT), () => {
  console.log(`Listening on http://localhost:${server.address().port}`)
})
