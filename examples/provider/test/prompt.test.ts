import { allow, authorizationRequest, demo, scopesOf, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { type Page, Visitor, textOf } from './support/visitor'

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider({ REMEMBER_CONSENT: 'on' }))
})

// Consents are remembered, so that each test ends those that it has given.
afterEach(async () => {
  const visitor = new Visitor(issuer)
  await signIn(visitor)
  const page = await visitor.get('/apps')
  if (page.html.includes('Revoke all')) await visitor.submit(page, {})
})

afterAll(() => program.stop())

const ask = (changes: Record<string, string> = {}) => authorizationRequest(issuer, changes).url

/** The parameters of the redirect to the client. */
function responseOf({ location }: Page): Record<string, string> {
  return Object.fromEntries(location?.searchParams ?? [])
}

function pathOf({ pathname, search }: URL): string {
  return pathname + search
}

/** Returns a visitor who is signed in and has allowed everything. */
async function allowed(changes: Record<string, string> = {}): Promise<Visitor> {
  const visitor = new Visitor(issuer)
  const page = await signIn(visitor, ask(changes))
  await allow(visitor, page)
  return visitor
}

const selectAccount = () => ask({ prompt: 'select_account' })

/** Opens the page of accounts, to which a request of a signed-in user leads. */
async function choice(visitor: Visitor, url: URL) {
  const redirect = await visitor.get(url)
  expect(redirect.location?.pathname).toBe('/choose-account')
  return visitor.get(redirect.location ?? '')
}

/** Continues with the account: posts the first form of the page. */
function proceed(visitor: Visitor, page: Page): Promise<Page> {
  const html = page.html.slice(0, page.html.lastIndexOf('<form'))
  return visitor.submit({ ...page, html }, {})
}

describe('consent', () => {
  it('is asked for once, and again for more scopes', async () => {
    const visitor = await allowed({ scope: 'profile' })
    expect(responseOf(await visitor.get(ask({ scope: 'profile' })))).toHaveProperty('code')
    const more = await visitor.get(ask({ scope: 'profile email' }))
    expect(scopesOf(more)).toEqual(['profile', 'email'])
  })

  it('is not remembered if the user has allowed less', async () => {
    const visitor = new Visitor(issuer)
    const page = await signIn(visitor, ask({ scope: 'profile email' }))
    await allow(visitor, page, ['profile'])
    expect((await visitor.get(ask({ scope: 'profile email' }))).status).toBe(200)
  })

  it('is not remembered for the public client on a loopback address', async () => {
    const visitor = await allowed({ client_id: demo.publicClientId })
    expect((await visitor.get(ask({ client_id: demo.publicClientId }))).status).toBe(200)
  })

  it('real clients 7: prompt=consent asks for it again', async () => {
    const visitor = await allowed()
    const page = await visitor.get(ask({ prompt: 'consent' }))
    expect(page.status).toBe(200)
    expect(responseOf(await allow(visitor, page))).toHaveProperty('code')
  })

  it('is revoked on the page of applications', async () => {
    const visitor = await allowed()
    const page = await visitor.get('/apps')
    expect(textOf(page.html)).toContain('Demo Web')
    // The form of this application, which precedes the one for all applications.
    const html = page.html.slice(0, page.html.lastIndexOf('<form'))
    await visitor.submit({ ...page, html }, {})
    expect(textOf((await visitor.get('/apps')).html)).toContain(
      'No application may use your account.',
    )
    expect((await visitor.get(ask())).status).toBe(200)
  })

  it('is revoked for all applications at once', async () => {
    const visitor = await allowed()
    await allow(visitor, await visitor.get(ask({ client_id: demo.publicClientId })))
    const page = await visitor.get('/apps')
    expect(textOf(page.html)).toContain('Demo SPA')
    await visitor.submit(page, {})
    expect(textOf((await visitor.get('/apps')).html)).toContain(
      'No application may use your account.',
    )
  })

  it('the page of applications requires a sign-in', async () => {
    const visitor = new Visitor(issuer)
    const page = await visitor.get('/apps')
    expect([page.status, page.location?.pathname]).toEqual([303, '/sign-in'])
    const { username, password } = demo
    const form = await visitor.get(page.location ?? '')
    const signedIn = await visitor.submit(form, { username, password })
    expect(signedIn.location?.pathname).toBe('/apps')
    expect((await visitor.post('/apps', { client_id: demo.clientId })).status).toBe(403)
  })
})

describe('signing in', () => {
  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])('real clients 7: %s requires it again, once', async (_what, wish: Record<string, string>) => {
    const visitor = await allowed()
    const redirect = await visitor.get(ask(wish))
    expect(redirect.location?.pathname).toBe('/sign-in')
    const form = await visitor.get(redirect.location ?? '')
    expect(form.html).toContain('name="password"')
    const { username, password } = demo
    const signedIn = await visitor.submit(form, { username, password })
    expect(responseOf(await visitor.get(signedIn.location ?? ''))).toHaveProperty('code')
  })

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['prompt=login with consent', { prompt: 'consent login' }],
    ['max_age=0', { max_age: '0' }],
    ['both', { prompt: 'login', max_age: '3600' }],
  ])('F36: %s is not skipped by the return URL', async (_what, wish: Record<string, string>) => {
    const visitor = await allowed()
    const redirect = await visitor.get(ask(wish))
    const { searchParams } = redirect.location ?? new URL(issuer)
    const back = searchParams.get('return') ?? ''
    expect((await visitor.get(back)).location?.pathname).toBe('/sign-in')
    // Nor by the sign-in page, if its URL has no `since`.
    const shortcut = await visitor.get(`/sign-in?return=${encodeURIComponent(back)}`)
    expect((await visitor.get(shortcut.location ?? '')).location?.pathname).toBe('/sign-in')
  })

  it('F36: prompt=login is not satisfied by a sign-in for another request', async () => {
    const visitor = await allowed()
    const [first, second] = [ask({ prompt: 'login' }), ask({ prompt: 'login' })]
    await signIn(visitor, first)
    expect((await visitor.get(second)).location?.pathname).toBe('/sign-in')
  })

  it('F36: prompt=login asks again after its request has been answered', async () => {
    const visitor = await allowed()
    const url = ask({ prompt: 'login' })
    expect(responseOf(await signIn(visitor, url))).toHaveProperty('code')
    expect((await visitor.get(url)).location?.pathname).toBe('/sign-in')
  })

  it('F36: prompt=login lets the user reload the consent page', async () => {
    const visitor = new Visitor(issuer)
    const url = ask({ prompt: 'login consent', max_age: '0' })
    await signIn(visitor, url)
    const page = await visitor.get(url)
    expect(page.status).toBe(200)
    expect(responseOf(await allow(visitor, page))).toHaveProperty('code')
    expect((await visitor.get(url)).location?.pathname).toBe('/sign-in')
  })

  it('prompt=login refuses a wrong password', async () => {
    const visitor = await allowed()
    const form = await visitor.get((await visitor.get(ask({ prompt: 'login' }))).location ?? '')
    const refused = await visitor.submit(form, { username: 'demo', password: 'wrong' })
    expect(refused.status).toBe(422)
  })

  it('is not required again before max_age is over', async () => {
    const visitor = await allowed()
    expect(responseOf(await visitor.get(ask({ max_age: '3600' })))).toHaveProperty('code')
  })
})

describe('prompt=select_account', () => {
  it('asks a signed-in user, once, and continues with the account', async () => {
    const visitor = await allowed()
    const url = selectAccount()
    const page = await choice(visitor, url)
    expect(textOf(page.html)).toContain('Continue as demo')
    const chosen = await proceed(visitor, page)
    expect([chosen.status, chosen.location?.href]).toEqual([303, url.href])
    expect(responseOf(await visitor.get(url))).toHaveProperty('code')
    // After the answer, the same request asks again.
    await choice(visitor, url)
  })

  it('shows the consent page, also after a reload', async () => {
    const visitor = await allowed()
    const url = ask({ prompt: 'select_account consent' })
    await proceed(visitor, await choice(visitor, url))
    await visitor.get(url)
    const page = await visitor.get(url)
    expect(scopesOf(page)).not.toEqual([])
    expect(responseOf(await allow(visitor, page))).toHaveProperty('code')
  })

  it('lets the user sign in with another account', async () => {
    const visitor = await allowed()
    const url = selectAccount()
    const page = await choice(visitor, url)
    const [, action = ''] = /action="(\/sign-out[^"]*)"/.exec(page.html) ?? []
    const signedOut = await visitor.submit(page, {}, textOf(action))
    expect(signedOut.location?.href).toBe(url.href)
    expect(responseOf(await signIn(visitor, url))).toHaveProperty('code')
  })

  it('does not ask a user who signs in for the request', async () => {
    const page = await signIn(new Visitor(issuer), selectAccount())
    expect(scopesOf(page)).not.toEqual([])
  })

  it('with prompt=login: the sign-in page is the choice', async () => {
    const visitor = await allowed()
    const url = ask({ prompt: 'login select_account' })
    expect((await visitor.get(url)).location?.pathname).toBe('/sign-in')
    expect(responseOf(await signIn(visitor, url))).toHaveProperty('code')
  })

  it('a choice is no sign-in for prompt=login or max_age', async () => {
    const visitor = await allowed()
    const wishes: Record<string, string>[] = [
      { prompt: 'login' },
      { prompt: 'select_account', max_age: '0' },
    ]
    for (const wish of wishes) {
      const url = ask(wish)
      const page = await visitor.get(`/choose-account?return=${encodeURIComponent(pathOf(url))}`)
      await proceed(visitor, page)
      expect((await visitor.get(url)).location?.pathname).toBe('/sign-in')
    }
  })

  it('is not answered by a link, by another site, or by a choice for another request', async () => {
    const visitor = await allowed()
    const url = selectAccount()
    const page = await choice(visitor, url)
    await visitor.get(page.url)
    expect((await visitor.post(page.url, {})).status).toBe(403)
    await proceed(visitor, await choice(visitor, selectAccount()))
    await choice(visitor, url)
  })

  it('the page returns to nothing but requests, and sends visitors to sign in', async () => {
    const visitor = await allowed()
    const elsewhere = '/choose-account?return=https%3A%2F%2Fevil.example%2F'
    expect((await proceed(visitor, await visitor.get(elsewhere))).location?.href).toBe(`${issuer}/`)
    const url = selectAccount()
    const path = `/choose-account?return=${encodeURIComponent(pathOf(url))}`
    expect((await new Visitor(issuer).get(path)).location?.href).toBe(url.href)
  })
})

describe('prompt=none', () => {
  it('returns login_required if no user is signed in', async () => {
    const page = await new Visitor(issuer).get(ask({ prompt: 'none', state: 's' }))
    expect(responseOf(page)).toMatchObject({ error: 'login_required', state: 's', iss: issuer })
  })

  it('returns consent_required if the user has not allowed the request', async () => {
    const visitor = new Visitor(issuer)
    await signIn(visitor)
    const page = await visitor.get(ask({ prompt: 'none' }))
    expect(responseOf(page)).toMatchObject({ error: 'consent_required' })
  })

  it('returns a code if the user has allowed the request', async () => {
    const visitor = await allowed()
    expect(responseOf(await visitor.get(ask({ prompt: 'none' })))).toHaveProperty('code')
  })
})
