import { type RequestListener, type Server, createServer as createNodeServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from '@oauth2-kit/core'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { contenders } from '../contenders'
import { type Contender, basicHeader } from '../contenders/contender'
import { answerQuestions } from '../worker'
import { bareResource, bareTokenEndpoint, bareTokenEndpointWithParser } from './bare'
import type { Endpoint, Listening, Setup } from './setup'

// One server in a process of its own. It is asked to start, and then for its CPU time so far.

const endpoint = process.argv[2] as Endpoint
const setup = JSON.parse(process.argv[3] ?? '') as Setup

answerQuestions(async (question: 'start' | 'cpu') => {
  if (question === 'start') return start()
  const { user, system } = process.cpuUsage()
  return user + system
})

async function start(): Promise<Listening> {
  const contender = setup.contender && (await contenders[setup.contender](['client_credentials']))
  const port = await portOf(setup.node ? onNode(contender) : onExpress(contender))
  return { port, ...(await (endpoint === 'resource' ? resourceRequest : tokenRequest)(contender)) }
}

function onExpress(contender?: Contender): Server {
  const app = express()
  if (endpoint === 'resource') protect(app, contender)
  else issueTokens(app, contender)
  return setup.quick ? createServer(app).listen(0) : app.listen(0)
}

function onNode(contender?: Contender): Server {
  const bare = endpoint === 'resource' ? bareResource : bareTokenEndpoint
  return createNodeServer(contender ? guarded(contender, bare) : bare).listen(0)
}

/** The resource behind the bearer check, or the token endpoint among all others. */
function guarded(contender: Contender, bare: RequestListener): RequestListener {
  if (endpoint === 'token') return contender.listener!()
  return (request, response) => {
    contender.authorise(request, response, () => bare(request, response))
  }
}

function protect(app: Express, contender?: Contender): void {
  const before = contender ? [contender.authorise as RequestHandler] : []
  app.get('/', before, (_request: Request, response: Response) => {
    response.json({ id: '4711', name: 'Ada' })
  })
}

function issueTokens(app: Express, contender?: Contender): void {
  if (setup.parser) app.use(express.urlencoded())
  const bare = setup.parser ? bareTokenEndpointWithParser : bareTokenEndpoint
  app.post('/', contender ? (contender.grant as RequestHandler) : bare)
}

async function resourceRequest(contender?: Contender): Promise<Omit<Listening, 'port'>> {
  const [token = 'a'.repeat(40)] = (await contender?.accessTokens(1)) ?? []
  return { path: '/', method: 'GET', headers: { Authorization: `Bearer ${token}` }, body: '' }
}

async function tokenRequest(contender?: Contender): Promise<Omit<Listening, 'port'>> {
  const body = 'grant_type=client_credentials'
  const headers = {
    Authorization: contender?.basic ?? basicHeader('a'.repeat(64)),
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(body.length),
  }
  return { path: setup.node ? '/oauth/token' : '/', method: 'POST', headers, body }
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => resolve((server.address() as AddressInfo).port))
  })
}
