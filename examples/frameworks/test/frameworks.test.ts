import type { Server } from 'node:http'
import type { OAuth2Server } from '@oauth2-kit/core'
import { apiGateway } from '../src/api-gateway'
import { onFastify } from '../src/fastify'
import { onHono } from '../src/hono'
import { onKoa } from '../src/koa'
import { lambdaHandler } from '../src/lambda'
import { onNest } from '../src/nest'
import { onNode } from '../src/node'
import { demo } from '../src/oauth'
import { issuer, keepsItsPromises } from './support/provider'

type Serve = (oauth: OAuth2Server) => Server | Promise<Server>

describe.each<[string, Serve]>([
  ['node:http', onNode],
  ['Fastify', onFastify],
  ['Koa', onKoa],
  ['Hono', onHono],
  ['NestJS', onNest],
  ['AWS Lambda', (oauth) => apiGateway(lambdaHandler(oauth))],
])('the provider on %s', (_name, serve) => {
  keepsItsPromises(async () => {
    const made = await demo(issuer)
    return { ...made, server: await serve(made.oauth) }
  })
})
