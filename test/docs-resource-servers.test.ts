import type * as oauth4webapi from 'oauth4webapi'
import { esModule } from '../examples/provider/test/support/es-module'
import { demo } from '../examples/provider/test/support/flow'
import { type Running as Provider, startProvider } from '../examples/provider/test/support/program'
import { tokens } from '../examples/provider/test/support/tokens'
import { Running, programFolder, programsOf, writeProgram } from './support/programs'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const [program] = programsOf('docs/resource-servers.md')

/** Starts the API and resolves with a function that requests the photos. */
async function start(environment: Record<string, string>) {
  const place = programFolder()
  const file = writeProgram(program!, place.folder)
  const api = new Running(file, place.folder, environment)
  const url = await api.url()
  return {
    url,
    async ask(token?: string): Promise<number> {
      const headers = new Headers(token === undefined ? [] : [['Authorization', `Bearer ${token}`]])
      return (await fetch(`${url}/photos`, { headers })).status
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      place[Symbol.dispose]()
    },
  }
}

describe('docs/resource-servers.md: api-on-express.mjs', () => {
  let provider: Provider

  beforeAll(async () => {
    provider = await startProvider({ ACCESS_TOKEN_FORMAT: 'jwt', DEMO_SCOPES: 'read write' })
  })
  afterAll(() => provider.program.stop())

  async function tokenOf(scope: string): Promise<string> {
    const parameters = { grant_type: 'client_credentials', scope }
    return (await tokens(provider.url, parameters)).access_token
  }

  it('accepts only tokens of the provider with the required scope', async () => {
    await using api = await start({ ISSUER: provider.url })
    const token = await tokenOf('read')
    expect(await api.ask(token)).toBe(200)
    expect(await api.ask(await tokenOf('write'))).toBe(403)
    expect(await api.ask()).toBe(401)
    expect(await api.ask('unknown')).toBe(401)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const jwt = Buffer.from(header, 'base64url').toString().replace('at+jwt', 'JWT')
    expect(
      await api.ask([Buffer.from(jwt).toString('base64url'), payload, signature].join('.')),
    ).toBe(401)
    const changed = Buffer.from(payload, 'base64url').toString().replace('read', 'reaD')
    expect(
      await api.ask([header, Buffer.from(changed).toString('base64url'), signature].join('.')),
    ).toBe(401)
  })

  it('refuses a token for another audience', async () => {
    await using api = await start({ ISSUER: provider.url, AUDIENCE: 'https://api.example.com' })
    expect(await api.ask(await tokenOf('read'))).toBe(401)
  })

  it('accepts a token that is bound to a key only with a proof of it', async () => {
    await using api = await start({ ISSUER: provider.url })
    const self: oauth4webapi.Client = { client_id: demo.clientId }
    const server = { issuer: provider.url, token_endpoint: `${provider.url}/oauth/token` }
    const secret = oauth.ClientSecretBasic(demo.clientSecret)
    const DPoP = oauth.DPoP(self, await oauth.generateKeyPair('ES256'))
    const options = { ...insecure, DPoP }
    const parameters = { scope: 'read' }
    const { access_token } = await oauth.processClientCredentialsResponse(
      server,
      self,
      await oauth.clientCredentialsGrantRequest(server, self, secret, parameters, options),
    )
    const photos = new URL('/photos', api.url)
    const answer = await oauth.protectedResourceRequest(
      access_token,
      'GET',
      photos,
      undefined,
      undefined,
      options,
    )
    expect(answer.status).toBe(200)
    expect(await api.ask(access_token)).toBe(401)
  })
})
