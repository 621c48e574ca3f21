import type { Server } from 'node:http'
import type { OAuth2Server } from '@oauth2-kit/core'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { pages } from './oauth'

/** Returns the provider and a protected resource on Fastify. */
export async function onFastify(oauth: OAuth2Server): Promise<Server> {
  const endpoints = oauth.listener(pages)
  const app = fastify()

  function answer(request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack()
    endpoints(request.raw, reply.raw)
  }

  await app.register(async (scope) => {
    // The endpoints parse their forms themselves.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all('/oauth/*', answer)
    scope.get('/.well-known/*', answer)
  })

  app.get('/api/me', async (request, reply) => {
    const { user, response } = await oauth.authenticate(request.raw, { scope: 'profile' })
    if (!response) return user ?? {}
    return reply.code(response.status).headers(response.headers).send(response.body)
  })

  await app.ready()
  return app.server
}
