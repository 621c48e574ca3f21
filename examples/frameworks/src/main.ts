import type { Server } from 'node:http'
import type { OAuth2Server } from '@oauth2-kit/core'
import { apiGateway } from './api-gateway'
import { onFastify } from './fastify'
import { onHono } from './hono'
import { onKoa } from './koa'
import { lambdaHandler } from './lambda'
import { onNest } from './nest'
import { onNode } from './node'
import { demo } from './oauth'

/** The provider on each framework, by name. */
const frameworks: Record<string, (oauth: OAuth2Server) => Server | Promise<Server>> = {
  node: onNode,
  fastify: onFastify,
  koa: onKoa,
  hono: onHono,
  nest: onNest,
  lambda: (oauth) => apiGateway(lambdaHandler(oauth)),
}

async function start(name: string, port: number): Promise<void> {
  const serve = frameworks[name]
  if (!serve)
    throw new Error(`Unknown framework "${name}": use ${Object.keys(frameworks).join(', ')}`)
  const { oauth, client, secret } = await demo(`http://localhost:${port}`)
  const server = await serve(oauth)
  server.listen(port, () => {
    const basic = `-u ${client.id}:${secret}`
    console.log(`${name} listens on http://localhost:${port}`)
    console.log(`curl ${basic} -d grant_type=client_credentials localhost:${port}/oauth/token`)
  })
}

start(process.argv[2] ?? 'node', Number(process.env['PORT'] ?? 3000)).catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
