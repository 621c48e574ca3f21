import { randomBytes } from 'node:crypto'
import { authorizationRequest, demo, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { Visitor, textOf } from './support/visitor'

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
})

afterAll(() => program.stop())

const { username, password } = demo

async function isSignedIn(visitor: Visitor): Promise<boolean> {
  return textOf((await visitor.get('/')).html).includes('Signed in as demo')
}

/** The names of the values in the visitor's cookie. */
function contentOf(visitor: Visitor): string[] {
  const cookie = Buffer.from(visitor.cookies.get('session') ?? '', 'base64').toString()
  return cookie === '' ? [] : Object.keys(JSON.parse(cookie) as object)
}

describe('signing in', () => {
  it('redirects to the authorization request', async () => {
    const { url } = authorizationRequest(issuer)
    const consent = await signIn(new Visitor(issuer), url)
    expect(consent.url.href).toBe(url.href)
    expect(consent.status).toBe(200)
  })

  it('starts a new session, so that a planted session id is useless', async () => {
    const visitor = new Visitor(issuer)
    await visitor.get('/sign-in')
    const planted = visitor.copy()
    await signIn(visitor)
    expect([...visitor.cookies]).not.toEqual([...planted.cookies])
    expect(await isSignedIn(visitor)).toBe(true)
    expect(await isSignedIn(planted)).toBe(false)
  })

  it('keeps the session in a signed cookie with HttpOnly and SameSite=Lax', async () => {
    const visitor = new Visitor(issuer)
    const signedIn = await visitor.submit(await visitor.get('/sign-in'), { username, password })
    for (const cookie of signedIn.headers.getSetCookie()) {
      expect(cookie).toMatch(/^session(\.sig)?=.*; path=\/; expires=.*; samesite=lax; httponly$/)
    }
    expect([...visitor.cookies.keys()]).toEqual(['session', 'session.sig'])
  })

  it('accepts no cookie that another secret signed', async () => {
    await using other = await startProvider()
    const there = new Visitor(other.url)
    await signIn(there)
    const visitor = new Visitor(issuer)
    for (const [name, value] of there.cookies) visitor.cookies.set(name, value)
    expect(await isSignedIn(there)).toBe(true)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it.each([
    ['/', []],
    ['/sign-in', ['session', 'session.sig']],
    ['/sign-out', []],
    ['/apps', []],
    ['/nothing-here', []],
  ])('F37: %s stores nothing for a user who is not signed in', async (path, cookies) => {
    const visitor = new Visitor(issuer)
    await visitor.get(path)
    // The cookie has only the token of the forms.
    expect([...visitor.cookies.keys()]).toEqual(cookies)
    expect(contentOf(visitor)).toEqual(cookies.length > 0 ? ['csrfToken'] : [])
  })

  it('F37: a wrong password or an authorization request starts no session', async () => {
    const visitor = new Visitor(issuer)
    const { url } = authorizationRequest(issuer)
    const redirect = await visitor.get(url)
    const form = await visitor.get(redirect.location ?? '')
    await visitor.submit(form, { username, password: 'wrong' })
    expect(contentOf(visitor)).toEqual(['csrfToken'])
  })

  it('accepts the forms of several pages that were opened before', async () => {
    const visitor = new Visitor(issuer)
    const [first, second] = [await visitor.get('/sign-in'), await visitor.get('/sign-in')]
    expect((await visitor.submit(first, { username, password: 'wrong' })).status).toBe(422)
    expect((await visitor.submit(second, { username, password })).status).toBe(303)
  })

  it('refuses a form token that was not issued here, even if the cookie has the same value', async () => {
    const visitor = new Visitor(issuer)
    await visitor.get('/sign-in')
    const csrfToken = 'x'.repeat(64)
    const planted = Buffer.from(JSON.stringify({ csrfToken })).toString('base64')
    visitor.cookies.set('session', planted)
    const page = await visitor.post('/sign-in', { username, password, _csrf: csrfToken })
    expect(page.status).toBe(403)
  })

  it('refuses, after the sign-in, a form from before it', async () => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in')
    await visitor.submit(form, { username, password })
    expect((await visitor.submit(form, {}, '/sign-out')).status).toBe(403)
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it('real clients 7: returns the same page for a wrong password and an unknown user', async () => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in')
    const unknown = randomBytes(4).toString('hex')
    const wrong = await visitor.submit(form, { username, password: 'wrong' })
    const nobody = await visitor.submit(form, { username: unknown, password })
    expect(wrong.status).toBe(422)
    expect(nobody.status).toBe(422)
    expect(nobody.html.replaceAll(unknown, username)).toBe(wrong.html)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('associates the error with the fields, and keeps only the username', async () => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in')
    const { html } = await visitor.submit(form, { username: '"><b>me', password: 'my-secret' })
    expect(html).toMatch(/id="error" role="alert">The username or the password is wrong/)
    expect(html.match(/aria-describedby="error"/g)).toHaveLength(2)
    expect(html).toContain('value="&#34;&gt;&lt;b&gt;me"')
    expect(html).not.toContain('my-secret')
  })

  it.each([
    ['no field', {}],
    ['an empty name', { username: '', password }],
    ['a name that is too long', { username: 'x'.repeat(256), password }],
    ['a name with NUL', { username: 'demo\0', password }],
    ['two names', { username: ['demo', 'demo'], password }],
    ['two passwords', { username, password: [password, password] }],
    ['a name that objects inherit', { username: '__proto__', password }],
  ])('refuses %s as it refuses a wrong password', async (_, fields: object) => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in')
    const page = await visitor.submit(form, fields as Record<string, string>)
    expect(page.status).toBe(422)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('refuses a form without the form token of the visitor', async () => {
    const visitor = new Visitor(issuer)
    await visitor.get('/sign-in')
    const without = await visitor.post('/sign-in', { username, password })
    const wrong = await visitor.post('/sign-in', { username, password, _csrf: 'x'.repeat(256) })
    const other = await new Visitor(issuer).submit(await visitor.get('/sign-in'), demo)
    for (const { status, html } of [without, wrong, other]) {
      expect(status).toBe(403)
      expect(html).toContain('This page has expired')
    }
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('accepts a form that is posted twice in sequence', async () => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in')
    const first = await visitor.submit(form, { username, password })
    const second = await visitor.submit(form, { username, password })
    expect([first.status, second.status]).toEqual([303, 303])
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it('accepts a form that is posted twice concurrently', async () => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in')
    const clicks = await Promise.all(
      [visitor, visitor].map((one) => one.submit(form, { username, password })),
    )
    expect(clicks.map(({ status }) => status)).toEqual([303, 303])
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it('F18: returns 503 with Retry-After while too many passwords are being verified', async () => {
    await using slow = await startProvider({ REAL_PASSWORDS: 'yes' })
    const visitor = new Visitor(slow.url)
    const form = await visitor.get('/sign-in')
    const wrong = () => visitor.submit(form, { username: 'nobody', password: 'wrong' })
    const pages = await Promise.all(Array.from({ length: 160 }, wrong))
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([422, 503]))
    const late = pages.find(({ status }) => status === 503)
    expect(late?.headers.get('retry-after')).toBe('5')
    expect(late?.html).toContain('Not possible right now')
  })

  it('returns 413 for a body that is too large, and 403 for one that is not a form', async () => {
    const large = await new Visitor(issuer).post('/sign-in', { username: 'x'.repeat(1 << 20) })
    expect(large.status).toBe(413)
    const response = await fetch(`${issuer}/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"username":',
    })
    expect(response.status).toBe(403)
  })
})

describe('returning', () => {
  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/oauth/authorize/../../../evil.example',
    '/oauth/authorize@evil.example',
    '\\\\evil.example/oauth/authorize?',
    'javascript:alert(1)',
    '/api/me',
  ])('never redirects to %j', async (target) => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get(`/sign-in?return=${encodeURIComponent(target)}`)
    const signedIn = await visitor.submit(form, { username, password })
    expect(signedIn.headers.get('location')).toBe('/')
    const again = await visitor.get(form.url)
    expect(again.headers.get('location')).toBe('/')
  })

  it('redirects to the start page if two URLs are given', async () => {
    const visitor = new Visitor(issuer)
    const form = await visitor.get('/sign-in?return=/apps&return=/apps')
    const { headers } = await visitor.submit(form, { username, password })
    expect(headers.get('location')).toBe('/')
  })

  it('keeps the query of an authorization request, and its path', async () => {
    const visitor = new Visitor(issuer)
    const path = '/oauth/authorize?client_id=a&state=%2F%2Fevil.example'
    const form = await visitor.get(`/sign-in?return=${encodeURIComponent(path)}`)
    const { headers } = await visitor.submit(form, { username, password })
    expect(headers.get('location')).toBe(path)
  })
})

describe('signing out', () => {
  it('F36: ends the session, also for a copy of its cookie', async () => {
    const visitor = new Visitor(issuer)
    await signIn(visitor)
    const copy = visitor.copy()
    const signedOut = await visitor.submit(await visitor.get('/sign-out'), {})
    expect(signedOut.status).toBe(303)
    expect(contentOf(visitor)).toEqual([])
    expect(await isSignedIn(copy)).toBe(false)
  })

  it('requires its own form, and accepts it twice', async () => {
    const visitor = new Visitor(issuer)
    await signIn(visitor)
    const page = await visitor.get('/sign-out')
    expect((await visitor.post('/sign-out', {})).status).toBe(403)
    expect(await isSignedIn(visitor)).toBe(true)
    const statuses = [await visitor.submit(page, {}), await visitor.submit(page, {})]
    expect(statuses.map(({ status }) => status)).toEqual([303, 303])
  })

  it('on the consent page leads back to it, through another sign-in', async () => {
    const visitor = new Visitor(issuer)
    const { url } = authorizationRequest(issuer)
    const consent = await signIn(visitor, url)
    const [, action = ''] = /action="(.*?)"/.exec(consent.html) ?? []
    const signedOut = await visitor.submit(consent, {}, textOf(action))
    expect(signedOut.location?.href).toBe(url.href)
    expect((await signIn(visitor, url)).url.href).toBe(url.href)
  })
})

describe('every page', () => {
  it.each(['/', '/sign-in', '/nothing-here'])(
    '%s cannot be framed, and runs no script',
    async (path) => {
      const { headers, html } = await new Visitor(issuer).get(path)
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      // The form of the sign-in page may redirect to a client.
      expect(policy?.includes("form-action 'self';")).toBe(path !== '/sign-in')
      expect(policy).not.toContain('unsafe')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-powered-by')).toBeNull()
      expect(html).toContain('<html lang="en">')
      expect(html).not.toMatch(/<script|\sstyle=|\son\w+=/)
    },
  )

  it('logs no secret', async () => {
    const visitor = new Visitor(issuer)
    const secret = randomBytes(8).toString('hex')
    await visitor.submit(await visitor.get('/sign-in'), { username, password: secret })
    await signIn(visitor)
    expect(program.output).not.toContain(secret)
    expect(program.output).not.toContain(password)
  })
})
