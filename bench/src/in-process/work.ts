import { type Contender, type Handler, setup } from '../contenders/contender'
import { FakeRequest, type FakeResponse } from '../fakes'

/** Makes one request. */
export type MakeRequest = () => FakeRequest

/** Something that every contender does. */
export interface Work {
  title: string
  grants: readonly string[]
  /** Requests in a round. */
  requests: number
  /** How many of them at a time: several where a library waits for a thread to make a token. */
  inFlight: number
  handlerOf(contender: Contender): Handler
  /** Whether what the requests present can be presented again, in the next round. */
  reusable: boolean
  /** Makes what the requests present, beforehand. */
  prepare(contender: Contender, count: number): Promise<MakeRequest[]>
  /** Throws if the answer isn't the one that everyone must give. */
  check(request: FakeRequest, response: FakeResponse): void
}

const codeGrants = ['authorization_code', 'refresh_token']
const tokensInUse = 1000

const authorise: Work = {
  title: 'Bearer check, in process',
  grants: ['client_credentials'],
  requests: 8000,
  inFlight: 1,
  handlerOf: (contender) => contender.authorise,
  reusable: true,
  async prepare(contender, count) {
    const tokens = await contender.accessTokens(Math.min(count, tokensInUse))
    const requests = tokens.map(
      (token) => () => FakeRequest.get({ authorization: `Bearer ${token}` }),
    )
    return Array.from({ length: count }, (_, at) => requests[at % requests.length]!)
  },
  check(request, { locals }) {
    const { oauth = locals['oauth'] } = request as { oauth?: unknown }
    if (!oauth) throw new Error('The middleware let the request pass, and exposed nothing')
  },
}

const clientCredentials: Work = {
  title: 'Client-credentials grant, in process',
  grants: ['client_credentials'],
  requests: 500,
  inFlight: 8,
  handlerOf: (contender) => contender.grant,
  reusable: true,
  async prepare({ basic }, count) {
    const request = () => FakeRequest.form(basic, { grant_type: 'client_credentials' })
    return Array.from({ length: count }, () => request)
  },
  check: (_, response) => assertTokens(response, ['access_token']),
}

const code: Work = {
  title: 'Authorization-code grant, in process',
  grants: codeGrants,
  requests: 500,
  inFlight: 8,
  handlerOf: (contender) => contender.grant,
  reusable: false,
  async prepare(contender, count) {
    const forms = await contender.codes(count)
    return forms.map((form) => () => FakeRequest.form(contender.basic, { ...form }))
  },
  check: (_, response) => assertTokens(response, ['access_token', 'refresh_token']),
}

const refresh: Work = {
  ...code,
  title: 'Refresh grant, in process',
  async prepare(contender, count) {
    const forms = await contender.refreshTokens(count)
    return forms.map((form) => () => FakeRequest.form(contender.basic, { ...form }))
  },
}

/** What is measured in process, by the names of the benchmarks. */
export const works = {
  authorise,
  'client-credentials': clientCredentials,
  code,
  refresh,
} as const

/** The name of something that is measured in process. */
export type WorkName = keyof typeof works

function assertTokens({ statusCode, body }: FakeResponse, names: readonly string[]): void {
  const answer = JSON.parse(String(body)) as Record<string, unknown>
  const complete = names.every((name) => /^[0-9a-f]{40,64}$/.test(String(answer[name])))
  // Some count from when the token was made, some from when they answer.
  const late = setup.accessTokenLifetime - Number(answer['expires_in'])
  if (statusCode !== 200 || !complete || !(late === 0 || late === 1)) {
    throw new Error(`The answer has status ${statusCode} and lacks what it must have`)
  }
}
