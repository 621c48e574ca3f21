import { spawn } from 'node:child_process'
import { compared } from './support/device'
import { allow, scopesOf, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { Visitor, textOf } from './support/visitor'

/** Runs a command in a shell, with that standard input. */
function shell(command: string, input = ''): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', command])
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    child.once('close', (code) => resolve({ code, output }))
    child.stdin.end(input)
  })
}

/** Runs a command in a shell, and presses Enter once it has shown a URL and `visit` is done. */
function shellWithVisit(command: string, visit: (url: string) => Promise<unknown>) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn('bash', ['-c', command])
    let [output, shown] = ['', '']
    child.stdout.on('data', (text) => (output += text))
    child.stderr.on('data', (text) => {
      const before = shown
      shown += text
      const [, url] = /^(http\S+)\n/m.exec(shown) ?? []
      if (url === undefined || /^http\S+\n/m.test(before)) return
      visit(url).then(() => child.stdin.end('\n'), reject)
    })
    child.once('close', () => resolve(output))
  })
}

/** Returns the commands of the page by the ids of their sections, and the link of the code flow. */
async function read(issuer: string) {
  const { html } = await new Visitor(issuer).get('/')
  const commands = new Map(
    [...html.matchAll(/<article id="(.*?)">.*?<pre><code>(.*?)<\/code><\/pre>/gs)].map(
      ([, id = '', code = '']) => [id, textOf(code)],
    ),
  )
  const [, link = ''] = /<a href="([^"]*\/oauth\/authorize\?[^"]*)"/.exec(html) ?? []
  return { html, commands, link: textOf(link) }
}

async function answerOf(command: string | undefined, input?: string): Promise<unknown> {
  const { code, output } = await shell(command ?? '', input)
  expect(code).toBe(0)
  return JSON.parse(output)
}

describe.each([
  ['the defaults', {}],
  ['the secret in the body', { DEMO_CLIENT_AUTH_METHOD: 'client_secret_post' }],
  [
    'names and secrets with special characters',
    {
      DEMO_USERNAME: `o'neil "$(date)" & <b>`,
      DEMO_PASSWORD: `p%40ss w+rd/&=\\'"$HOME\`!é`,
      DEMO_CLIENT_ID: `web;'$&~`,
      DEMO_CLIENT_SECRET: `p%40ss:w+rd/&=%zz~!' "$HOME"`,
      DEMO_PUBLIC_CLIENT_ID: `a:b=c'd`,
      DEMO_DEVICE_CLIENT_ID: `tv;"$HOME"'&`,
      DEMO_REDIRECT_URI: `https://app.example.com/call&back?it's=x%20y`,
      DEMO_SCOPES: `profile it's:odd&`,
    },
  ],
])('the commands of the start page, with %s', (_, environment: Record<string, string>) => {
  const { DEMO_USERNAME: username = 'demo', DEMO_PASSWORD: password = 'demo-password' } =
    environment
  let program: Program
  let issuer: string

  beforeAll(async () => {
    ;({ program, url: issuer } = await startProvider(environment))
  })

  afterAll(() => program.stop())

  it('are one line each, and begin with curl', async () => {
    const { commands } = await read(issuer)
    expect([...commands.keys()]).toEqual([
      'client-credentials',
      'password',
      'authorization-code',
      'device',
      'refresh',
      'introspect',
      'revoke',
      'metadata',
      'me',
    ])
    for (const command of commands.values()) expect(command).toMatch(/^curl .*$/)
  })

  it('client credentials: gets a token', async () => {
    const { commands } = await read(issuer)
    const tokens = await answerOf(commands.get('client-credentials'))
    expect(tokens).toEqual(expect.objectContaining({ access_token: expect.any(String) }))
  })

  it.each(['password', 'refresh'])('%s: gets an access and a refresh token', async (id) => {
    const { commands } = await read(issuer)
    expect(await answerOf(commands.get(id))).toEqual(
      expect.objectContaining({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
      }),
    )
  })

  it('introspection: returns the user of the token', async () => {
    const { commands } = await read(issuer)
    expect(await answerOf(commands.get('introspect'))).toEqual(
      expect.objectContaining({ active: true, username }),
    )
  })

  it('revocation: returns an empty object', async () => {
    const { commands } = await read(issuer)
    expect(await answerOf(commands.get('revoke'))).toEqual({})
  })

  it('metadata: returns the issuer and the endpoints', async () => {
    const { commands } = await read(issuer)
    expect(await answerOf(commands.get('metadata'))).toEqual(
      expect.objectContaining({ issuer, revocation_endpoint: `${issuer}/oauth/revoke` }),
    )
  })

  it('me: returns the user', async () => {
    const { commands } = await read(issuer)
    expect(await answerOf(commands.get('me'))).toEqual(expect.objectContaining({ username }))
  })

  it('authorization code: exchanges the callback URL for tokens', async () => {
    const { commands, link } = await read(issuer)
    const visitor = new Visitor(issuer)
    const form = await visitor.get((await visitor.get(link)).location ?? '')
    const signedIn = await visitor.submit(form, { username, password })
    const { headers } = await allow(visitor, await visitor.get(signedIn.location ?? ''))
    const address = headers.get('location') ?? ''
    expect(await answerOf(commands.get('authorization-code'), `${address}\n`)).toEqual(
      expect.objectContaining({ refresh_token: expect.any(String) }),
    )
  })

  it('device: gets tokens once the user has allowed the device', async () => {
    const { commands } = await read(issuer)
    const output = await shellWithVisit(commands.get('device') ?? '', async (url) => {
      const visitor = new Visitor(issuer)
      const form = await visitor.get((await visitor.get(url)).location ?? '')
      const signedIn = await visitor.submit(form, { username, password })
      const page = await visitor.get(signedIn.location ?? '')
      await visitor.submit(page, { ...compared, granted: scopesOf(page) })
    })
    expect(JSON.parse(output)).toMatchObject({ refresh_token: expect.any(String) })
  })
})

describe('the start page', () => {
  it('names the user, the clients and the endpoints', async () => {
    await using provider = await startProvider()
    const { url } = provider
    const text = textOf((await read(url)).html)
    for (const shown of [
      'demo-password',
      'demo-web-secret',
      'demo-spa',
      'demo-device',
      `${url}/oauth/token`,
    ]) {
      expect(text).toContain(shown)
    }
  })

  it('shows who is signed in, and lets them sign out', async () => {
    await using provider = await startProvider()
    const { url } = provider
    const visitor = new Visitor(url)
    const page = await signIn(visitor)
    expect(textOf(page.html)).toContain('Signed in as demo')
    expect((await visitor.submit(page, {}, '/sign-out')).status).toBe(303)
    expect(textOf((await visitor.get('/')).html)).not.toContain('Signed in')
  })

  it('leaves out the resource if no client may request its scope', async () => {
    await using provider = await startProvider({ DEMO_SCOPES: 'read' })
    const { url } = provider
    expect([...(await read(url)).commands.keys()]).not.toContain('me')
  })
})
