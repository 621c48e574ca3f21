// Checked by the compiler and never run: the middleware fits where Express takes a handler.

/* oxlint-disable typescript/unbound-method -- grant and bypass may be passed without a call */

import oauthserver, { type ErrorMiddleware, type Hooks, type Middleware } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import express4 from 'express4'
import { ObjectId } from 'mongodb'

const oauth = oauthserver({ model: memoryStore(), issuer: 'https://auth.example' })

for (const app of [express(), express4()]) {
  app.post('/oauth/token', oauth.grant())
  app.all('/oauth/token', oauth.grant)
  app.all(
    '/oauth/authorize',
    oauth.authCodeGrant((req, next) => next(null, true, req['session'].user)),
  )
  app.get('/public', oauth.bypass, (_req, res) => res.send('open'))
  app.use(oauth.authorise())
  app.use('/list', [oauth.authorise(), oauth.bypass])
  app.use('/api', oauth.authorise({ scope: 'profile' }), (req, res) => {
    const scope: string | undefined = req.oauth?.scope
    const clientId: string | undefined = req.oauth?.grant?.clientId
    const user: object | undefined = req.user
    res.json({ scope, clientId, user })
  })
  app.use(oauth.errorHandler())
  oauth.lockdown(app)
}
oauth.lockdown(express.Router().get('/', oauth.grant, oauth.bypass))

export const handlers: RequestHandler[] = [oauth.authorise(), oauth.grant(), oauth.bypass]
export const errorHandler: ErrorRequestHandler = oauth.errorHandler()
export const middlewares: Middleware[] = [oauth.authorise(), oauth.grant()]
export const errorMiddleware: ErrorMiddleware = oauth.errorHandler()

oauth.authorise({ scope: (req) => (req.method === 'GET' ? 'read' : ['read', 'write']) })
oauth.authorise({ scope: async ({ method }: Request) => [method.toLowerCase()] })
// @ts-expect-error -- a function returns scopes
oauth.authorise({ scope: () => undefined })
// @ts-expect-error -- options are an object
oauth.authorise('profile')
// @ts-expect-error -- an unknown option
oauth.authorise({ scopes: ['profile'] })
// @ts-expect-error -- hooks or a check are required
oauth.authCodeGrant()
// @ts-expect-error -- both hooks are required
oauth.authCodeGrant({ authenticate: () => null })

// `consent` receives the user that `authenticate` returns.
oauth.authCodeGrant({
  authenticate: async () => ({ id: 7, name: 'Ada' }),
  consent: (req, res, { client, scopes, redirectUri, state, user }) => {
    const name: string = user.name
    res.end(`${name}, may ${client.name ?? client.id} have ${scopes.join()}?`)
    return [redirectUri, state, req.method].includes(undefined) ? { scope: 'profile' } : null
  },
})
oauth.authCodeGrant({
  authenticate: () => ({ id: 7 }),
  // @ts-expect-error -- this user has no name
  consent: (_req, _res, { user }) => Boolean(user.name),
})
oauth.authCodeGrant({
  authenticate: () => ({ id: 7 }),
  // @ts-expect-error -- hooks do not receive the hash of a secret
  consent: (_req, _res, { client }) => Boolean(client.secretHash),
})
// @ts-expect-error -- a user has an id
oauth.authCodeGrant({ authenticate: () => ({ name: 'Ada' }), consent: () => true })

// The request and response are those of Express, without an annotation.
oauth.router({
  authenticate: (_req, res) => res.redirect('/sign-in'),
  consent: (req, res, { scopes }) => {
    const token: string = req['anything']
    res.status(200).render('consent', { scopes, token, query: req.query['x'] })
  },
})
oauth.router({
  async authenticate(req, res) {
    if (req.query['signed_in']) return { id: 'ada', roles: ['admin'] }
    res.redirect(303, `/sign-in?to=${encodeURIComponent(req.originalUrl)}`)
    return null
  },
  consent: (_req, _res, { user }) => user.roles.includes('admin'),
})
// They are those of node:http without Express.
oauth.listener({
  authenticate: (_req, res) => {
    // @ts-expect-error -- only Express has redirect()
    res.redirect('/sign-in')
    res.writeHead(303, { Location: '/sign-in' }).end()
  },
  consent: () => ({ metadata: { organization: 'acme' } }),
})
// Documents of MongoDB have an _id.
oauth.authCodeGrant({
  authenticate: () => ({ _id: new ObjectId(), name: 'Ada' }),
  consent: (_req, _res, { user }) => user.name === 'Ada',
})

export const hooks: Hooks = { authenticate: () => null, consent: async () => false }

// @ts-expect-error -- undefined would accept every token
oauth.authorise(undefined)
