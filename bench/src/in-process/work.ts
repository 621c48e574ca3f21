import { type Contender, type Handler, setup } from '../contenders/contender'
import { FakeRequest, type FakeResponse } from '../fakes'

/** Creates a request. */
export type MakeRequest = () => FakeRequest

/** A task that every contender performs. */
export interface Work {
  title: string
  grants: readonly string[]
  /** Requests per round. */
  requests: number
  /** Concurrent requests: several if a library waits for a thread to create a token. */
  inFlight: number
  handlerOf(contender: Contender): Handler
  /** What is subtracted. @default a handler that does nothing */
  baselineOf?(contender: Contender): Handler | undefined
  /** Whether the next round can present the same codes or tokens again. */
  reusable: boolean
  /** Creates what the requests present, before the measurement. */
  prepare(contender: Contender, count: number): Promise<MakeRequest[]>
  /** Throws an Error unless the answer is the one that every contender must give. */
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
    if (!oauth) throw new Error('The middleware let the request pass, but exposed no token')
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

const signedAuthorise: Work = {
  ...authorise,
  title: 'Bearer check of signed tokens, in process',
  // Verifying a signature takes many times as long as a look-up.
  requests: 1000,
}

const signedClientCredentials: Work = {
  ...clientCredentials,
  title: 'Client-credentials grant with signed tokens, in process',
  baselineOf: ({ baseline }) => baseline?.grant,
  check: (_, response) => assertTokens(response, ['access_token'], /^[\w.-]{40,}$/),
}

/** The tasks that are measured in process, by the names of the benchmarks. */
export const works = {
  authorise,
  'client-credentials': clientCredentials,
  code,
  refresh,
  'signed-authorise': signedAuthorise,
  'signed-client-credentials': signedClientCredentials,
} as const

/** The name of a task that is measured in process. */
export type WorkName = keyof typeof works

function assertTokens(
  { statusCode, body }: FakeResponse,
  names: readonly string[],
  form = /^[0-9a-f]{40,64}$/,
): void {
  const answer = JSON.parse(String(body)) as Record<string, unknown>
  const complete = names.every((name) => form.test(String(answer[name])))
  // Some libraries count from the creation of the token, others from the answer.
  const late = setup.accessTokenLifetime - Number(answer['expires_in'])
  if (statusCode !== 200 || !complete || !(late === 0 || late === 1)) {
    throw new Error(`The answer has status ${statusCode} or lacks the expected tokens`)
  }
}
