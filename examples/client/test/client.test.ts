import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allow, demo, signIn } from '../../provider/test/support/flow'
import {
  Program,
  type Running,
  startBoth,
  startClient,
  startProvider,
} from '../../provider/test/support/program'
import { type Page, Visitor, textOf } from '../../provider/test/support/visitor'

let provider: Running
let client: Running

beforeAll(async () => {
  ;({ provider, client } = await startBoth())
})

afterAll(() => Promise.all([provider.program.stop(), client.program.stop()]))

/** A user, with separate cookies for the provider and the client. */
function newUser({ provider: { url: providerUrl }, client: { url } } = { provider, client }) {
  return { atProvider: new Visitor(providerUrl), atClient: new Visitor(url) }
}

type User = ReturnType<typeof newUser>

/** Goes from the client's link to the provider's consent page. */
async function consentPage({ atClient, atProvider }: User): Promise<Page> {
  const { location } = await atClient.get('/sign-in')
  return signIn(atProvider, location)
}

/** Signs in, and allows these scopes: by default, all that the client requests. */
async function signInAtClient(user: User, scopes?: string[]): Promise<Page> {
  const { location } = await allow(user.atProvider, await consentPage(user), scopes)
  return user.atClient.get(location ?? '')
}

describe('signing in', () => {
  it('shows the user and the scopes that the provider returned', async () => {
    const user = newUser()
    const { atClient } = user
    expect(textOf((await atClient.get('/')).html)).toContain('Sign in')
    const callback = await signInAtClient(user)
    expect(callback.status).toBe(303)
    expect(callback.headers.get('location')).toBe('/')
    const text = textOf((await atClient.get('/')).html)
    for (const shown of ['Hello, demo', 'profile', 'email', 'offline_access']) {
      expect(text).toContain(shown)
    }
  })

  it.each(['at once', 'one after the other'])(
    'is complete if a double click sends the browser to the callback twice, %s',
    async (order) => {
      const user = newUser()
      const { atClient } = user
      const { location = '' } = await allow(user.atProvider, await consentPage(user))
      const callback = () => atClient.get(location)
      const pages =
        order === 'at once'
          ? await Promise.all([callback(), callback()])
          : [await callback(), await callback()]
      expect(pages.map(({ status }) => status)).toEqual([303, 303])
      const { html } = await atClient.get('/')
      expect(textOf(html)).toContain('Hello, demo')
    },
  )

  it('works for a public client, and shows a narrower scope', async () => {
    const environment = { CLIENT_ID: demo.publicClientId, CLIENT_SECRET: '' }
    await using client = await startClient(provider.url, environment)
    const user = newUser({ provider, client })
    await signInAtClient(user, ['profile'])
    const text = textOf((await user.atClient.get('/')).html)
    expect(text).toContain('Hello, demo')
    expect(text).not.toContain('email')
  })

  it('F37: starts no session until it is complete', async () => {
    const { atClient } = newUser()
    const begun = await atClient.get('/sign-in')
    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^client\.attempt=\S+; Max-Age=600; Path=\/callback; .*HttpOnly; SameSite=Lax$/,
      ),
    ])
  })

  it.each(['', 'x', '%', '%7B%7D', 'null', '%22x%22', '%7B%22state%22%3A1%7D'])(
    'refuses the callback if the attempt cookie is %j',
    async (cookie) => {
      const { atClient } = newUser()
      atClient.cookies.set('client.attempt', cookie)
      expect((await atClient.get('/callback?code=x&state=y')).status).toBe(400)
    },
  )

  it('starts a new session', async () => {
    const user = newUser()
    const { atClient } = user
    await signInAtClient(user)
    const planted = atClient.copy()
    await signInAtClient({ ...newUser(), atClient })
    expect([...atClient.cookies]).not.toEqual([...planted.cookies])
    expect(textOf((await planted.get('/')).html)).not.toContain('Hello')
  })

  it('puts no token into a page or its output', async () => {
    const user = newUser()
    const { atClient } = user
    await signInAtClient(user)
    const { html } = await atClient.get('/')
    for (const written of [html, client.program.output, provider.program.output]) {
      expect(written).not.toMatch(/\b[0-9a-f]{40}\b/)
    }
  })
})

describe('an unusual authorization response', () => {
  it('after a denial: reports it, and offers another try', async () => {
    const user = newUser()
    const consent = await consentPage(user)
    const denied = await user.atProvider.submit(consent, { decision: 'deny' })
    const page = await user.atClient.get(denied.location ?? '')
    expect(page.status).toBe(403)
    expect(textOf(page.html)).toContain('Access was denied at the provider.')
    expect(page.html).toContain('href="/sign-in"')
  })

  it.each([
    ['another state', (answer: URL) => answer.searchParams.set('state', 'x'.repeat(43))],
    ['no state', (answer: URL) => answer.searchParams.delete('state')],
    ['another issuer', (answer: URL) => answer.searchParams.set('iss', 'https://evil.example')],
    ['no issuer', (answer: URL) => answer.searchParams.delete('iss')],
    ['two codes', (answer: URL) => answer.searchParams.append('code', 'x')],
  ])('with %s: is refused', async (_, change) => {
    const user = newUser()
    const { location } = await allow(user.atProvider, await consentPage(user))
    if (location) change(location)
    const page = await user.atClient.get(location ?? '')
    expect(page.status).toBe(400)
    expect(textOf(page.html)).toContain('does not belong to a sign-in that was started here')
    expect(textOf((await user.atClient.get('/')).html)).not.toContain('Hello')
  })

  it('for a sign-in of another browser: is refused', async () => {
    const user = newUser()
    const { location } = await allow(user.atProvider, await consentPage(user))
    const page = await new Visitor(client.url).get(location ?? '')
    expect(page.status).toBe(400)
  })

  it('with a wrong client secret: reports that the provider refused', async () => {
    const both = await startBoth({}, { CLIENT_SECRET: 'wrong-secret' })
    await using _provider = both.provider
    await using _client = both.client
    const user = newUser(both)
    const page = await signInAtClient(user)
    expect(page.status).toBe(502)
    expect(textOf(page.html)).toContain('The provider refused')
  })
})

describe('refreshing and signing out', () => {
  it('gets new tokens that work', async () => {
    const user = newUser()
    const { atClient } = user
    await signInAtClient(user)
    expect((await atClient.post('/refresh', {})).status).toBe(303)
    const text = textOf((await atClient.get('/')).html)
    expect(text).toContain('You have new tokens.')
    expect(text).toContain('Hello, demo')
    expect(textOf((await atClient.get('/')).html)).not.toContain('You have new tokens.')
  })

  it('refreshes twice at the same time without losing access', async () => {
    const user = newUser()
    const { atClient } = user
    await signInAtClient(user)
    await Promise.all([atClient.post('/refresh', {}), atClient.post('/refresh', {})])
    expect((await atClient.post('/refresh', {})).status).toBe(303)
    expect(textOf((await atClient.get('/')).html)).toContain('Hello, demo')
  })

  it('signs out, and accepts a second sign-out', async () => {
    const user = newUser()
    const { atClient } = user
    await signInAtClient(user)
    for (const post of [1, 2]) {
      expect({ post, status: (await atClient.post('/sign-out', {})).status }).toMatchObject({
        status: 303,
      })
    }
    expect(textOf((await atClient.get('/')).html)).not.toContain('Hello')
  })

  it('says that the access has ended if the provider does not know the tokens', async () => {
    const { provider: first, client: itsClient } = await startBoth()
    await using client = itsClient
    const user = newUser({ provider: first, client })
    const { atClient } = user
    await signInAtClient(user)
    await first.program.stop()
    await using _ = await startProvider({ PORT: new URL(first.url).port })
    const page = await atClient.get('/')
    expect(page.status).toBe(401)
    expect(textOf(page.html)).toContain('Your access has ended')
    expect(textOf((await atClient.get('/')).html)).toContain('Welcome')
    expect(client.program.output).not.toContain('    at ')
  })

  it('says that the provider is unavailable', async () => {
    const { provider, client: itsClient } = await startBoth()
    await using client = itsClient
    const user = newUser({ provider, client })
    const { atClient } = user
    await signInAtClient(user)
    await provider.program.stop()
    const page = await atClient.get('/')
    expect(page.status).toBe(502)
    expect(textOf(page.html)).toContain('The provider is unavailable')
  })
})

describe('every page', () => {
  it.each(['/', '/callback', '/nothing-here'])(
    '%s cannot be framed, and runs no script',
    async (path) => {
      const { headers, html } = await new Visitor(client.url).get(path)
      expect(headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      )
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(html).toContain('<html lang="en">')
    },
  )
})

describe('the set-up', () => {
  it.each([
    [{ PORT: 'abc' }, 'PORT is "abc"'],
    [{ ISSUER: 'nonsense' }, 'ISSUER is "nonsense"'],
    [{ ISSUER: 'http://auth.example.com' }, 'ISSUER is "http://auth.example.com"'],
    [{ PROVIDER_URL: 'provider:3000' }, 'PROVIDER_URL is "provider:3000"'],
  ])('with %j: prints the problem in one line, and exits with 1', async (environment, message) => {
    await using program = new Program('client', environment)
    expect(await program.exit).toBe(1)
    expect(program.output).toContain(message)
    expect(program.output.trim().split('\n')).toHaveLength(1)
  })

  it('reports that its port is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, resolve))
    const { port } = server.address() as AddressInfo
    await using program = new Program('client', { PORT: String(port) })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain(`PORT ${port} can't be used`)
    server.close()
  })

  it('exits with 0 on SIGTERM', async () => {
    const { program } = await startClient('http://localhost:1')
    expect(await program.stop()).toBe(0)
  })
})
