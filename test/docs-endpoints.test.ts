import { readFileSync } from 'node:fs'
import path from 'node:path'
import oauthserver, { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { root } from './support/programs'

// Sends every request of the pages, in order. Its response must equal the documented one.

const issuer = 'https://auth.example.com'
const pages = [
  'authorize',
  'token',
  'introspect',
  'revoke',
  'jwks',
  'register',
  'device_authorization',
  'device',
  'metadata',
  'par',
]
const now = Date.UTC(2026, 10, 24, 12)

/** Only for these pages, so that their keys do not change. */
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'dkPFsmdcgrlKIfbqu7VGyzvMwuclzBV7hWD6VOwxR4I',
  y: '8Zxte4I5qUunhLxjeUv7tAn_l87QeSZEy97j7ebdh5Y',
  d: '6n0Bf3UmCA7MUc4LRTfKYUrPFK4PrzabN4x_B71ZW5U',
}

const grants = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'password',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:device_code',
]
// The public halves of the keys that signed the assertions of the pages.
const robotKey = {
  crv: 'Ed25519',
  x: 'AKh-xTsDc7aKM-WikK5F6NbyVhtlBfN888y237k3GIk',
  kty: 'OKP',
  kid: 'robot-1',
}
const partnerKey = {
  crv: 'Ed25519',
  x: 'DAlERa00dZvE4SZy5Y6yCpC_cOPU0b-YZMrrdIQU6gY',
  kty: 'OKP',
  kid: 'partner-1',
}

type Send = (request: Request) => Promise<Response>

let send: Send

beforeAll(async () => {
  send = await server()
})

async function server(): Promise<Send> {
  const store = memoryStore({ now: () => now })
  await createClient(store, {
    id: 'album',
    secret: 'album-secret',
    redirectUris: ['https://album.example.com/callback'],
    grantTypes: [...grants],
    scopes: ['profile'],
  })
  await createClient(store, {
    id: 'robot',
    authMethod: 'private_key_jwt',
    jwks: { keys: [robotKey] },
    grantTypes: ['client_credentials'],
    scopes: ['profile'],
  })
  await createClient(store, {
    id: 'tv',
    type: 'public',
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code'],
    scopes: ['profile'],
  })
  let tokens = 0
  const oauth = oauthserver({
    model: store,
    issuer,
    grants,
    trustedIssuers: [
      {
        issuer: 'https://partner.example.com',
        jwks: { keys: [partnerKey] },
        user: ({ sub }) => ({ id: `partner-${sub}` }),
      },
    ],
    resources: [`${issuer}/api`],
    registration: { scopes: ['profile'], open: true },
    debug: false,
    now: () => now,
    keys: [key],
    users: { find: async () => ({ username: 'ada' }), authenticate: async () => ({ id: '17' }) },
    generateToken: (type) => `${type === 'authorization_code' ? 'code' : type}-${++tokens}`,
  })
  const html = { 'Content-Type': 'text/html' }
  const options = {
    authenticate: () => ({ id: '17' }),
    consent: () => true,
    device: () => new Response('<form method="post">', { headers: html }),
  }
  return (request) => oauth.fetch(request, options)
}

function block(kind: string): string {
  return `\`\`\`http ${kind}\\n(.*?)\\n\`\`\``
}

/** Returns the requests of a page, each with the documented response. */
function examples(page: string): { request: string; answer: string }[] {
  const text = readFileSync(path.join(root, 'docs/endpoints', `${page}.md`), 'utf8')
  const pattern = new RegExp(`${block('request')}\\n+${block('answer')}`, 'gs')
  return [...text.matchAll(pattern)].map(([, request = '', answer = '']) => ({ request, answer }))
}

function parsed(message: string) {
  const [head = '', ...rest] = message.split('\n\n')
  const [start = '', ...lines] = head.split('\n')
  const headers = lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])
  return { start, headers, body: rest.join('\n\n') }
}

/** Formats a response as the pages do, with only the named headers. */
async function shown(response: Response, names: string[]): Promise<string> {
  const headers = names.map((name) => `${name}: ${response.headers.get(name)}`)
  const head = [`HTTP/1.1 ${response.status}`, ...headers].join('\n')
  const text = await response.text()
  const isJson = text.startsWith('{')
  const body = isJson ? JSON.stringify(JSON.parse(text), null, 2) : ''
  return body === '' ? head : `${head}\n\n${body}`
}

/** The members of a response that are random. The pages have other values. */
const random = ['client_id', 'registration_access_token', 'request_uri', 'device_code', 'user_code']

/** Returns the random values of a response, each with the documented one. */
function randomIn(answer: string, text: string): [documented: string, actual: string][] {
  const [documented, actual] = [parsed(answer).body, text].map(
    (body) => (body.startsWith('{') ? JSON.parse(body) : {}) as Record<string, string>,
  )
  return random.flatMap((name) =>
    documented?.[name] === undefined ? [] : [[documented[name], actual?.[name] ?? '']],
  )
}

describe.each(pages)('docs/endpoints/%s.md', (page) => {
  it('shows the actual response to each of its requests', async () => {
    const found = examples(page)
    expect(found.length).toBeGreaterThan(1)
    const replaced = new Map<string, string>()
    const withRandom = (text: string) =>
      [...replaced].reduce((all, [documented, actual]) => all.replaceAll(documented, actual), text)
    for (const { request, answer } of found) {
      const { start, headers, body } = parsed(withRandom(request))
      const [method = '', url = ''] = start.split(' ')
      const input = new Request(issuer + url, { method, headers, body: body === '' ? null : body })
      const names = parsed(answer).headers.map(([name]) => name)
      const response = await send(input)
      if (['register', 'par', 'device_authorization'].includes(page))
        for (const pair of randomIn(answer, await response.clone().text())) replaced.set(...pair)
      expect(await shown(response, names)).toBe(withRandom(answer))
    }
  })
})
