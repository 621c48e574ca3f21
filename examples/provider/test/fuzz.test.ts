import { Agent, type IncomingMessage, request } from 'node:http'
import * as fc from 'fast-check'
import { startDevice } from './support/device'
import { authorizationRequest, authorize, demo } from './support/flow'
import { type Program, startProvider } from './support/program'

// Sends ten thousand malformed requests. Every endpoint must answer each of them in ten seconds,
// without a server error, and without logging a secret.

const runs = 200
const atOnce = 50

let program: Program
let issuer: string
/** Tokens and codes that are or were valid. */
let known: string[]
const agent = new Agent({ keepAlive: true, maxSockets: 8 })

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
  const tokens = (await signIn()) as { access_token: string; refresh_token: string }
  const { device_code, user_code } = await startDevice(issuer)
  known = [tokens.access_token, tokens.refresh_token, device_code, user_code]
})

afterAll(async () => {
  agent.destroy()
  await program.stop()
})

async function signIn(): Promise<object> {
  const { url, verifier } = authorizationRequest(issuer)
  const { searchParams } = await authorize(issuer, url)
  const answer = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: basic(demo.clientId, demo.clientSecret) },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: searchParams.get('code') ?? '',
      redirect_uri: demo.redirectUri,
      code_verifier: verifier,
    }),
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as object
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

interface Sent {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}

const oneOf = (...values: string[]) => fc.constantFrom(...values)

const paths = oneOf(
  '/oauth/authorize',
  '/oauth/par',
  '/oauth/device_authorization',
  '/oauth/device',
  '/oauth/token',
  '/oauth/revoke',
  '/oauth/introspect',
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-protected-resource',
  '/api/me',
  '/',
  '/sign-in',
  '/sign-out',
  '/choose-account',
)

const names = oneOf(
  ...`grant_type response_type client_id client_secret redirect_uri scope state code code_verifier
    code_challenge code_challenge_method refresh_token token token_type_hint resource prompt username
    password access_token device_code user_code request_uri response_mode _csrf decision granted compared
    __proto__ constructor toString length`.split(/\s+/),
)

/** Plausible values of a parameter. */
const plausible = fc.oneof(
  oneOf('authorization_code', 'refresh_token', 'client_credentials', 'password', 'urn:a:b', 'code'),
  oneOf('form_post', 'urn:ietf:params:oauth:grant-type:device_code', demo.deviceClientId),
  oneOf(demo.clientId, demo.publicClientId, demo.clientSecret, demo.username, demo.password),
  oneOf(
    demo.redirectUri,
    'profile',
    'profile email',
    'S256',
    'none',
    'login',
    'consent',
    'select_account',
  ),
  fc.nat(8).map((at) => known[at % known.length] ?? ''),
)

const text = fc.oneof(
  { weight: 6, arbitrary: plausible },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: oneOf('\0', '\r\nX: y', '%', '%zz', '%ED%A0%80', '$ne', '{}', '[]', "'--", '‮'),
  },
  { weight: 1, arbitrary: fc.nat(12_000).map((length) => 'x'.repeat(length)) },
)

const encoded = fc.oneof(
  { weight: 9, arbitrary: text.map((value) => encodeURIComponent(value.toWellFormed())) },
  // Not encoded, to test the decoder.
  {
    weight: 1,
    arbitrary: fc.stringMatching(/^[\x21\x22\x24-\x25\x27-\x7e]{0,20}$/),
  },
)

const parameter = fc
  .tuple(
    names,
    oneOf('', '', '', '', '[]', '[a]', '[$ne]', '[__proto__]', '.a', '[0][1][2]'),
    encoded,
  )
  .map(([name, nested, value]) => `${name}${nested}=${value}`)

const form = fc.array(parameter, { maxLength: 10 }).map((parameters) => parameters.join('&'))

const body = fc.option(
  fc.oneof(
    { weight: 6, arbitrary: form },
    { weight: 2, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    { weight: 1, arbitrary: fc.constant('a'.repeat(300_000)) },
  ),
  { nil: undefined },
)

/**
 * Text for a header. If the headers and the path exceed 16 KiB, Node itself answers and closes the
 * connection, even before the body has arrived. A separate test sends such a header.
 */
const headerText = text.map((value) => value.slice(0, 2000))

const authorization = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.constant(basic(demo.clientId, demo.clientSecret)) },
  {
    weight: 1,
    arbitrary: fc.tuple(headerText, headerText).map(([id, secret]) => basic(id, secret)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(oneOf('Basic', 'Bearer', 'Digest', ''), fc.base64String())
      .map((words) => words.join(' ')),
  },
  { weight: 1, arbitrary: fc.nat(8).map((at) => `Bearer ${known[at % known.length]}`) },
  { weight: 1, arbitrary: fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,40}$/) },
)

const types = oneOf(
  ...Array<string>(6).fill('application/x-www-form-urlencoded'),
  'application/x-www-form-urlencoded; charset=utf-16',
  'multipart/form-data; boundary=b',
  'application/json',
  'text/plain',
  ';;;',
  '',
)

const sent: fc.Arbitrary<Sent> = fc.record({
  method: oneOf('POST', 'POST', 'POST', 'GET', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'),
  path: fc
    .tuple(paths, fc.option(form))
    // Less than 16 KiB together with the headers: see above.
    .map(([path, query]) => (query ? `${path}?${query}` : path).slice(0, 8000)),
  headers: fc
    .record({ authorization, type: types, accept: oneOf('text/html', '*/*', 'application/json') })
    .map(({ authorization, type, accept }) => ({
      Accept: accept,
      ...(type && { 'Content-Type': type }),
      ...(authorization !== undefined && { Authorization: authorization }),
    })),
  body,
})

/** Sends a request. Returns its status, and its headers and body as text. */
function ask(input: Sent): Promise<{ status: number; text: string }> {
  const { method, path, headers, body } = input
  const { hostname, port } = new URL(issuer)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      // The request line, and so the path, must not contain these characters.
      { agent, hostname, port, method, headers, path: path.replace(/[^\x21-\x7e]/g, encodeURI) },
      (answer: IncomingMessage) => {
        let text = JSON.stringify(answer.headers)
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      },
    )
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error('No answer within ten seconds')))
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      // The server may close an idle connection just as it is reused.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(ask(input))
      else reject(error)
    })
    outgoing.end(['POST', 'PUT', 'PATCH'].includes(method) ? body : undefined)
  })
}

describe('ten thousand malformed requests', () => {
  it('are answered without a 500, a stack trace, or a secret in the log', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { minLength: atOnce, maxLength: atOnce }),
        async (requests) => {
          const answers = await Promise.all(requests.map(ask))
          for (const [at, { status, text }] of answers.entries()) {
            const broken = status >= 500 || status === 0 || /\n\s+at .+:\d+:\d+/.test(text)
            if (broken) throw new Error(`${status} for ${JSON.stringify(requests[at])}: ${text}`)
            const tokens = text.match(/\b[0-9a-f]{40}\b/g) ?? []
            known.push(...tokens.slice(0, 1))
          }
        },
      ),
      { numRuns: runs, endOnFailure: true },
    )
    const secrets = [...new Set([...known, demo.clientSecret, demo.password])]
    expect(secrets.filter((secret) => program.output.includes(secret))).toEqual([])
    // The provider still works.
    expect(await signIn()).toHaveProperty('access_token')
  }, 600_000)
})

describe('headers of more than 16 KiB', () => {
  it.each(['GET', 'POST'])('end only the connection of their %s request', async (method) => {
    const headers = { Authorization: basic(demo.clientId, 'x'.repeat(20_000)) }
    const body = 'a'.repeat(300_000)
    const answers = Array.from({ length: 20 }, () =>
      ask({ method, path: '/oauth/token', headers, body }).then(
        ({ status }) => status,
        // If Node closes the connection before it has read everything, the answer may be lost.
        ({ code }: NodeJS.ErrnoException) => code ?? 'another error',
      ),
    )
    for (const outcome of await Promise.all(answers)) {
      expect([431, 'ECONNRESET', 'EPIPE']).toContain(outcome)
    }
    expect(await signIn()).toHaveProperty('access_token')
  })
})
