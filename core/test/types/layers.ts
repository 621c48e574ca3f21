// Checked by the compiler and never run: every way to serve the endpoints, and arguments of hooks.

import { createServer } from 'node:http'
import oauthserver, {
  type ConsentRequest,
  type Listener,
  type OAuthResponse,
  type RouterOptions,
  type WebRouterOptions,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'

const oauth = oauthserver({ model: memoryStore(), issuer: 'https://auth.example' })

const options: RouterOptions<{ id: number; name: string }> = {
  prefix: '/o',
  endpoints: ['authorize', 'par', 'token', 'revoke', 'introspect'],
  scopes: ['profile'],
  cors: ['https://app.example'],
  authenticate: async (req, res, { prompt, maxAge, resources, form }) => {
    const wishes: readonly string[] = [...prompt, ...resources]
    const seconds: number | undefined = maxAge
    const field: unknown = form['decision']
    res.end(JSON.stringify([req.url, wishes, seconds, field]))
    return { id: 7, name: 'Ada' }
  },
  consent: async (_req, _res, { user, scopes, granted }) => {
    const before: string[] = await granted()
    return user.name !== '' && scopes.every((scope) => before.includes(scope))
  },
}
for (const app of [express(), express4()]) {
  app.use(oauth.router(options))
  app.all('/oauth/revoke', oauth.revoke())
  app.all('/oauth/introspect', oauth.introspect())
  app.all('/oauth/par', oauth.par())
  app.all('/.well-known/oauth-authorization-server', oauth.metadata({ cors: true }))
  app.get('/api', oauth.authorise({ scope: 'a', resource: 'https://api.example' }), (req, res) => {
    const resource: readonly string[] | undefined = req.oauth?.resource
    res.json(resource)
  })
}
export const handlers: RequestHandler[] = [oauth.router(options), oauth.resourceMetadata()]

const listener: Listener = oauth.listener(options)
createServer(listener)
createServer((req, res) => listener(req, res, (error) => res.end(String(error))))

const webOptions: WebRouterOptions<{ id: string }> = {
  authenticate: (request, authorization) =>
    request.headers.has('cookie') ? { id: authorization.client.id } : new Response('Who are you?'),
  consent: (_request, { user }: ConsentRequest<{ id: string }>) => user.id !== '',
}
export async function onTheWeb(request: Request): Promise<Response> {
  const { user, oauth: details, response } = await oauth.authenticate(request, { scope: 'a' })
  if (response) return response
  const scope: string | undefined = details.scope
  return user === scope ? Response.json({ user }) : oauth.fetch(request, webOptions)
}
export const onNode = createServer((req, res) => {
  void oauth.authenticate(req).then(({ response }) => {
    const refused: OAuthResponse | undefined = response
    res.end(refused?.body)
  })
})

// Grants are selected in one of these ways.
export const revoked: Promise<number>[] = [
  oauth.revokeGrants({ userId: 'ada' }),
  oauth.revokeGrants({ userId: 'ada', clientId: 'album' }),
  oauth.revokeGrants({ clientId: 'album' }),
  oauth.revokeGrants({ grantId: 'one' }),
]
oauth.events.on('grant.revoked', ({ grants, grantId, clientId, userId }) => {
  const ids: (string | null | undefined)[] = [grantId, clientId, userId]
  return [grants, ids]
})

// @ts-expect-error -- a selector is not empty
void oauth.revokeGrants({})
// @ts-expect-error -- an unknown endpoint
oauth.router({ endpoints: ['devices'] })
// @ts-expect-error -- false is not allowed
oauth.router({ cors: false })
// @ts-expect-error -- a page must be a Response
void oauth.fetch(new Request('x:y'), { authenticate: () => '<p>', consent: () => true })
