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
  it("answers with the application's page, which can be framed nowhere", async () => {
    const answer = await signInBy(
      () => new Response('Who are you?', { headers: { 'Set-Cookie': 'a=b' } }),
    )
    expect([answer.status, await answer.text()]).toEqual([200, 'Who are you?'])
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    expect(answer.headers.getSetCookie()).toEqual(['a=b'])
  })

  it("answers with the application's redirect, whose headers nobody may change", async () => {
    const answer = await signInBy(({ url: back }) =>
      Response.redirect(`${issuer}/sign-in?${back}`, 302),
    )
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toMatch('/sign-in?https://auth.example/oauth/authorize')
  })

  it('the page that consent answers with is the answer', async () => {
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

  it('a body that was read before is refused, and never waited for', async () => {
    const asked = new Request(`${issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(),
    })
    await asked.text()
    const answer = await server().fetch(asked, hooks)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('a body that breaks off is refused', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error('gone')),
    })
    const asked = new Request(`${issuer}/oauth/token`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect((await server().fetch(asked, hooks)).status).toBe(400)
  })

  it('rejects with the error where the application wants it', async () => {
    const asked = new Request(`${issuer}/oauth/token`, { method: 'POST' })
    const oauth = server({ passthroughErrors: true })
    await expect(oauth.fetch(asked, hooks)).rejects.toMatchObject({ error: 'invalid_request' })
  })
})

describe('handler()', () => {
  const metadata = new Request(`${issuer}/.well-known/oauth-authorization-server`)

  it('answers as fetch() does, and 404 for any other path', async () => {
    const oauth = server()
    const handle = oauth.handler(hooks)
    const [one, other] = await Promise.all([handle(metadata), oauth.fetch(metadata, hooks)])
    expect([one.status, await one.json()]).toEqual([200, await other.json()])
    expect((await handle(new Request(`${issuer}/elsewhere`))).status).toBe(404)
  })

  it('throws when it is called, not with the first request', () => {
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
