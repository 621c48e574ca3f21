import path from 'node:path'
import { compared, consentFor } from '../../provider/test/support/device'
import { authorizationRequest, authorize, demo, scopesOf } from '../../provider/test/support/flow'
import { freePort } from '../../../test/support/free-port'
import { type Program, startProvider } from '../../provider/test/support/program'
import { Visitor } from '../../provider/test/support/visitor'
import { ClientProgram } from './support/client-program'

const folder = path.join(__dirname, '..')

let provider: Program
let issuer: string

/** The port of the web application. */
let webPort: string

// The public client has the first redirect URI. On a loopback address, it may use any port with it
// (RFC 8252 7.3), but no other host name.
beforeAll(async () => {
  webPort = String(await freePort())
  const started = await startProvider({
    DEMO_REDIRECT_URI: `http://127.0.0.1/callback http://127.0.0.1:${webPort}/callback`,
  })
  provider = started.program
  issuer = started.url
})

afterAll(() => provider.stop())

function start(file: string, environment: Record<string, string> = {}): ClientProgram {
  return new ClientProgram(path.join(folder, file), { ISSUER: issuer, ...environment })
}

describe('web-app.mjs', () => {
  it('signs a user in', async () => {
    await using program = start('web-app.mjs', { PORT: webPort })
    const url = await program.loopbackUrl()
    const visitor = new Visitor(url)
    const { location } = await visitor.get('/sign-in')
    const callback = await authorize(issuer, location!)
    expect((await visitor.get(callback)).location?.pathname).toBe('/')
    expect((await visitor.get('/')).html).toBe('Signed in as demo')
  })

  it('F37: starts no session until the sign-in is complete', async () => {
    await using program = start('web-app.mjs', { PORT: webPort })
    const visitor = new Visitor(await program.loopbackUrl())
    await visitor.get('/sign-in')
    expect([...visitor.cookies.keys()]).toEqual(['attempt'])
  })

  it('refuses the response to a request of another browser, and a second response', async () => {
    await using program = start('web-app.mjs', { PORT: webPort })
    const url = await program.loopbackUrl()
    const [visitor, other] = [new Visitor(url), new Visitor(url)]
    const { location } = await visitor.get('/sign-in')
    const callback = await authorize(issuer, location!)
    await other.get('/sign-in')
    expect((await other.get(callback)).status).toBe(403)
    expect((await visitor.get(callback)).status).toBe(302)
    expect((await visitor.get(callback)).status).toBe(403)
  })
})

describe('command-line.mjs', () => {
  it('signs its user in through a browser', async () => {
    await using program = start('command-line.mjs')
    const [, url = ''] = await program.printed(/^(http\S+authorize\S+)$/m)
    const callback = await authorize(issuer, new URL(url))
    expect(await (await fetch(callback)).text()).toBe('You may close this window.')
    await program.printed(/^Signed in as demo$/m)
    expect(await program.exit).toBe(0)
  })
})

describe('device.mjs', () => {
  it('signs its user in through another device', async () => {
    await using program = start('device.mjs')
    const [, url = ''] = await program.printed(/open (\S+) and enter/)
    const [, code = ''] = await program.printed(/^ {4}(\S+)$/m)
    const visitor = new Visitor(issuer)
    const page = await consentFor(visitor, `${url}?user_code=${code}`)
    await visitor.submit(page, { ...compared, granted: scopesOf(page) })
    await program.printed(/^Allowed: profile offline_access\nSigned in as demo$/m)
    expect(await program.exit).toBe(0)
  })

  it('says that its user has denied', async () => {
    await using program = start('device.mjs')
    const [, code = ''] = await program.printed(/^ {4}(\S+)$/m)
    const visitor = new Visitor(issuer)
    const page = await consentFor(visitor, `/oauth/device?user_code=${code}`)
    await visitor.submit(page, { decision: 'deny' })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain('The access was denied.')
  })

  it('prints the error if its client may not use the flow', async () => {
    await using program = start('device.mjs', { CLIENT_ID: demo.publicClientId })
    expect(await program.exit).toBe(1)
    expect(program.output).toMatch(/^unauthorized_client: /)
  })
})

describe('service.mjs', () => {
  it('gets a client credentials token, and uses it', async () => {
    await using program = start('service.mjs')
    await program.printed(/^200 .*"client_id":"demo-web"/m)
    expect(await program.exit).toBe(0)
  })

  it('prints the error if its secret is wrong', async () => {
    await using program = start('service.mjs', { CLIENT_SECRET: 'wrong-secret' })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain('invalid_client: Client credentials are invalid')
  })
})

describe('api.mjs', () => {
  it('accepts a token that a user has granted to another client', async () => {
    await using program = start('api.mjs')
    const redirect_uri = 'http://127.0.0.1/callback'
    const client = { client_id: demo.publicClientId, redirect_uri }
    const { url, verifier } = authorizationRequest(issuer, { ...client, scope: 'profile' })
    const { searchParams } = await authorize(issuer, url)
    const answer = await fetch(`${issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...client,
        grant_type: 'authorization_code',
        code: searchParams.get('code') ?? '',
        code_verifier: verifier,
      }),
    })
    const { access_token } = (await answer.json()) as { access_token: string }
    const headers = { Authorization: `Bearer ${access_token}` }
    const photos = await fetch(`${await program.loopbackUrl()}/photos`, { headers })
    expect(await photos.json()).toMatchObject({ askedBy: demo.publicClientId })
  })

  it('returns 503, not 401, if it cannot introspect the token', async () => {
    await using program = start('api.mjs', { CLIENT_SECRET: 'wrong-secret' })
    const url = await program.loopbackUrl()
    const headers = { Authorization: 'Bearer a-token' }
    expect((await fetch(`${url}/photos`, { headers })).status).toBe(503)
  })
})
