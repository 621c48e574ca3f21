import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler } from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { Strategy, type StrategyOptions, type VerifyCallback } from 'passport-oauth2'
import { authorize, demo, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { type Page, Visitor } from './support/visitor'

let program: Program
let issuer: string
/** The URL of the applications, one of which runs at a time. */
let url: string
const server = createServer()

// This library sends its secret in the body, which a client may do unless it is registered otherwise.
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  ;({ program, url: issuer } = await startProvider({
    DEMO_REDIRECT_URI: `${url}/callback`,
  }))
})

afterAll(async () => {
  server.close()
  await program.stop()
})

const refused: ErrorRequestHandler = (error: Error & { code?: string }, _req, res, _next) => {
  res.json({ refused: error.code ?? error.message })
}

/** A web application that signs its users in with passport. */
function application(changes: Partial<StrategyOptions> = {}) {
  const app = express()
  server.on('request', app)
  const passport = new Passport()
  passport.use(
    new Strategy(
      {
        authorizationURL: `${issuer}/oauth/authorize`,
        tokenURL: `${issuer}/oauth/token`,
        clientID: demo.clientId,
        clientSecret: demo.clientSecret,
        callbackURL: `${url}/callback`,
        pkce: true,
        state: true,
        ...changes,
      },
      (accessToken: string, refreshToken: string, _profile: unknown, done: VerifyCallback) =>
        done(null, { accessToken, refreshToken } as unknown as Express.User),
    ),
  )
  app.use(session({ secret: 'any', resave: false, saveUninitialized: false }))
  const signInWith = passport.authenticate('oauth2', { session: false })
  app.get('/sign-in', signInWith)
  app.get('/callback', signInWith, (req, res) => {
    res.json(req.user)
  })
  app.use(refused)
  return { url, [Symbol.dispose]: () => void server.off('request', app) }
}

/** Signs a user in to the application, and allows everything it requests. */
async function signedIn(url: string) {
  const visitor = new Visitor(url)
  const authorizationUrl = (await visitor.get('/sign-in')).location!
  const callback = await authorize(issuer, authorizationUrl)
  return { visitor, callback, answer: answerOf(await visitor.get(callback)) }
}

function answerOf({ html }: Page): { accessToken?: string; refused?: string } {
  return JSON.parse(html)
}

async function statusOf(token = ''): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` }
  return (await fetch(`${issuer}/api/me`, { headers })).status
}

describe('passport-oauth2', () => {
  it('signs a user in with a code and PKCE', async () => {
    using app = application()
    const { answer } = await signedIn(app.url)
    expect(await statusOf(answer.accessToken)).toBe(200)
  })

  it('serves the public client, for which it sends an empty secret', async () => {
    using app = application({ clientID: demo.publicClientId, clientSecret: '' })
    const { answer } = await signedIn(app.url)
    expect(await statusOf(answer.accessToken)).toBe(200)
  })

  it('is refused with a wrong secret', async () => {
    using app = application({ clientSecret: 'wrong-secret' })
    expect((await signedIn(app.url)).answer.refused).toBe('invalid_client')
  })

  it('is refused with a redeemed code, whose tokens are revoked', async () => {
    using app = application()
    const { callback, answer } = await signedIn(app.url)
    const code = callback.searchParams.get('code') ?? ''
    const other = new Visitor(app.url)
    const authorizationUrl = (await other.get('/sign-in')).location!
    const replay = new URL(callback)
    replay.searchParams.set('state', authorizationUrl.searchParams.get('state') ?? '')
    expect(replay.searchParams.get('code')).toBe(code)
    expect(answerOf(await other.get(replay)).refused).toBe('invalid_grant')
    // The verifier was wrong too, but a redeemed code counts as a replay anyway.
    expect(await statusOf(answer.accessToken)).toBe(401)
  })

  it('is refused for an unknown scope', async () => {
    using app = application({ scope: 'admin' })
    const visitor = new Visitor(app.url)
    const authorizationUrl = (await visitor.get('/sign-in')).location!
    const { location } = await signIn(new Visitor(issuer), authorizationUrl)
    const answer = answerOf(await visitor.get(location ?? ''))
    expect(answer.refused).toBe('invalid_scope')
  })
})
