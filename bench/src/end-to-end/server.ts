import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Contender } from '../contenders/contender'
import { bareResource } from '../http/bare'
import { answerQuestions } from '../worker'
import { contendersOn } from './contenders'
import type { Database, Question, Started, Workload } from './setup'

// One server with its database, in a process of its own, on bare node:http.

const [, , label = '', database, url = ''] = process.argv
const grants = ['authorization_code', 'refresh_token', 'client_credentials']
/** How many credentials are prepared at the same time. */
const atOnce = 10
let contender: Contender

const answers = {
  start,
  prepare: ({ workload, count }: Question & { ask: 'prepare' }) => prepare(workload, count),
  async cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  purge: async ({ seconds }: Question & { ask: 'purge' }) => contender.purge?.(seconds),
}

answerQuestions((question: Question) => answers[question.ask](question as never))

async function start(): Promise<Started> {
  const make = contendersOn(database as Database)[label]!
  contender = await make(grants, database as Database, url)
  const tokens = contender.listener!()
  const { authorise } = contender
  const answer: RequestListener = (request, response) => {
    if (request.url?.startsWith('/oauth/')) tokens(request, response)
    else
      authorise(request, response, (error) => {
        if (error) response.writeHead(401, { 'Content-Length': 0 }).end()
        else bareResource(request, response)
      })
  }
  // The connections stay open during the turns of the other servers.
  const server = createServer({ keepAliveTimeout: 0 }, answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { port: (server.address() as AddressInfo).port, basic: contender.basic }
}

async function prepare(workload: Workload, count: number): Promise<string[]> {
  const parts = Array.from({ length: atOnce }, (_, at) => Math.floor((count + at) / atOnce))
  const made = await Promise.all(parts.map((part) => some(workload, part)))
  return made.flat()
}

/** Resolves with access tokens, or with the bodies of token requests. */
async function some(workload: Workload, count: number): Promise<string[]> {
  if (workload === 'bearer') return contender.accessTokens(count)
  if (workload === 'client-credentials') return []
  const forms = await (workload === 'code'
    ? contender.codes(count)
    : contender.refreshTokens(count))
  return forms.map((form) => String(new URLSearchParams(form)))
}
