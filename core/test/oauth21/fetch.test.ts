import oauthserver, { type StoreOptions } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { authorizationRequest, issuer, provider } from '../support/provider'

const hooks = { authenticate: () => null, consent: () => null }

function server(options: Partial<StoreOptions> = {}) {
  return oauthserver({ store: memoryStore(), issuer, ...options })
}

async function signInBy(page: (request: Request) => Response) {
  const at = await provider({ layer: () => () => {} })
  const { parameters } = authorizationRequest(at.web)
  const query = new URLSearchParams(parameters as Record<string, string>)
  return at.oauth.fetch(new Request(`${issuer}/oauth/authorize?${query.toString()}`), {
    authenticate: page,
    consent: () => true,
  })
}

describe('fetch()', () => {
  it("returns the application's page, which cannot be framed", async () => {
    const answer = await signInBy(
      () => new Response('Who are you?', { headers: { 'Set-Cookie': 'a=b' } }),
    )
    expect([answer.status, await answer.text()]).toEqual([200, 'Who are you?'])
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    expect(answer.headers.getSetCookie()).toEqual(['a=b'])
  })

  it("returns the application's redirect, whose headers are immutable", async () => {
    const answer = await signInBy(({ url: back }) =>
      Response.redirect(`${issuer}/sign-in?${back}`, 302),
    )
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toMatch('/sign-in?https://auth.example/oauth/authorize')
  })

  it('returns the page of consent', async () => {
    const at = await provider({ layer: () => () => {} })
    const { parameters } = authorizationRequest(at.web)
    const query = new URLSearchParams(parameters as Record<string, string>)
    const answer = await at.oauth.fetch(
      new Request(`${issuer}/oauth/authorize?${query.toString()}`),
      {
        authenticate: () => ({ id: 7, name: 'Ada' }),
        consent: (_request, { user }) => new Response(`May it, ${user.name}?`),
      },
    )
    expect(await answer.text()).toBe('May it, Ada?')
  })

  it('refuses a body that was already read, without waiting for it', async () => {
    const request = new Request(`${issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(),
    })
    await request.text()
    const answer = await server().fetch(request, hooks)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('refuses a body that fails while it is read', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error('gone')),
    })
    const request = new Request(`${issuer}/oauth/token`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect((await server().fetch(request, hooks)).status).toBe(400)
  })

  it('rejects with the error if passthroughErrors is set', async () => {
    const request = new Request(`${issuer}/oauth/token`, { method: 'POST' })
    const oauth = server({ passthroughErrors: true })
    await expect(oauth.fetch(request, hooks)).rejects.toMatchObject({ error: 'invalid_request' })
  })
})

describe('handler()', () => {
  const metadata = new Request(`${issuer}/.well-known/oauth-authorization-server`)

  it('responds like fetch(), and with 404 to any other path', async () => {
    const oauth = server()
    const handle = oauth.handler(hooks)
    const [one, other] = await Promise.all([handle(metadata), oauth.fetch(metadata, hooks)])
    expect([one.status, await one.json()]).toEqual([200, await other.json()])
    expect((await handle(new Request(`${issuer}/elsewhere`))).status).toBe(404)
  })

  it('throws for wrong options when it is called, not on the first request', () => {
    expect(() => server().handler({})).toThrow('"authenticate" and "consent" are missing')
    expect(() => server().handler({ ...hooks, cor: [] } as never)).toThrow('Did you mean "cors"')
  })

  it('reads the options once', async () => {
    const options = { ...hooks, prefix: '/o' }
    const handle = server().handler(options)
    options.prefix = '/p'
    expect(await (await handle(metadata)).json()).toMatchObject({
      token_endpoint: `${issuer}/o/token`,
    })
  })
})
