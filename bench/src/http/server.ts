import { type RequestListener, type Server, createServer as createNodeServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from '@oauth2-kit/core'
import express, { type RequestHandler } from 'express'
import { shareClasses } from '../../../core/dist/frameworks/dictionary'
import { contenders } from '../contenders'
import { type Contender, type Handler, basicHeader, refreshForm } from '../contenders/contender'
import { answerQuestions } from '../worker'
import { bareResource, bareResourceOnExpress, bareTokenEndpoint } from './bare'
import {
  type Endpoint,
  type Listening,
  type Question,
  type Setup,
  bareToken,
  connections,
} from './setup'
import { Turns } from './turns'

// One server in its own process. The bare route and the library answer the same requests in turns,
// so that only the library makes the difference.

const endpoint = process.argv[2] as Endpoint
const setup = JSON.parse(process.argv[3] ?? '') as Setup
const grants =
  endpoint === 'refresh' ? ['authorization_code', 'refresh_token'] : ['client_credentials']
const turns = new Turns(setup.contender !== undefined)

const pass: Handler = (_request, _response, next) => next()
const convert: Handler = (request, response, next) => {
  shareClasses(request, response)
  next()
}

answerQuestions(async (question: Question) => {
  if (question === 'start') return start()
  return question === 'begin' ? turns.begin() : turns.end()
})

async function start(): Promise<Listening> {
  const contender = setup.contender && (await contenders[setup.contender](grants))
  const port = await portOf(setup.node ? onNode(contender) : onExpress(contender))
  return { port, ...(await requestFor(contender)) }
}

function onExpress(contender?: Contender): Server {
  const app = express()
  if (endpoint === 'resource') {
    const authorise = inTurn(setup.converts ? convert : pass, contender?.authorise)
    app.get('/', authorise as RequestHandler, bareResourceOnExpress)
  } else {
    const bare: Handler = (request, response) => bareTokenEndpoint(endpoint)(request, response)
    app.post('/', inTurn(bare, contender && grantOf(contender)) as RequestHandler)
  }
  return setup.quick ? createServer(app).listen(0) : app.listen(0)
}

function grantOf({ grant }: Contender): Handler {
  if (!setup.parser) return grant
  const parse = express.urlencoded() as Handler
  return (request, response, next) =>
    parse(request, response, (error) => (error ? next(error) : grant(request, response, next)))
}

function onNode(contender?: Contender): Server {
  if (endpoint === 'resource') {
    const authorise = inTurn(pass, contender?.authorise)
    return listening((request, response) =>
      authorise(request, response, () => bareResource(request, response)),
    )
  }
  const bare = contender?.baseline?.listener() ?? bareTokenEndpoint(endpoint)
  const listener = contender?.listener?.()
  return listening((request, response) =>
    turns.isBareTurn() || !listener ? bare(request, response) : listener(request, response),
  )
}

function listening(listener: RequestListener): Server {
  return createNodeServer(listener).listen(0)
}

function inTurn(bare: Handler, library: Handler = bare): Handler {
  return (request, response, next) => (turns.isBareTurn() ? bare : library)(request, response, next)
}

async function requestFor(contender?: Contender): Promise<Omit<Listening, 'port'>> {
  if (endpoint === 'resource') {
    const [token = bareToken] = (await contender?.accessTokens(1)) ?? []
    const headers = { Authorization: `Bearer ${token}` }
    return { path: '/', method: 'GET', headers, bodies: Array<string>(connections).fill('') }
  }
  const headers = {
    Authorization: contender?.basic ?? basicHeader('a'.repeat(64)),
    'Content-Type': 'application/x-www-form-urlencoded',
  }
  const path = setup.node ? '/oauth/token' : '/'
  return { path, method: 'POST', headers, bodies: await bodiesFor(contender) }
}

async function bodiesFor(contender?: Contender): Promise<string[]> {
  if (endpoint === 'token') return Array<string>(connections).fill('grant_type=client_credentials')
  const forms =
    (await contender?.refreshTokens(connections)) ??
    Array.from({ length: connections }, () => refreshForm(bareToken))
  return forms.map((form) => String(new URLSearchParams(form)))
}

function portOf(server: Server): Promise<number> {
  // During the turns of the other servers this one is idle, and its connections must stay open.
  server.keepAliveTimeout = 0
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => resolve((server.address() as AddressInfo).port))
  })
}
