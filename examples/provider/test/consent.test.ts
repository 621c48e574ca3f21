import { allow, authorizationRequest, demo, scopesOf, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { type Page, Visitor, textOf } from './support/visitor'

let program: Program
let issuer: string

const appUri = 'com.example.app:/callback'
const ipv6Uri = 'http://[::1]:4000/callback'

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider({
    DEMO_REDIRECT_URI: `${demo.redirectUri},${appUri} ${ipv6Uri}`,
    DEMO_SCOPES: 'profile email <b>odd</b>',
  }))
})

afterAll(() => program.stop())

async function consentPage(changes: Record<string, string> = {}) {
  const visitor = new Visitor(issuer)
  const request = authorizationRequest(issuer, changes)
  const page = await signIn(visitor, request.url)
  return { visitor, page, ...request }
}

async function tokensFor({ location }: Page, verifier: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: location?.searchParams.get('code') ?? '',
      redirect_uri: demo.redirectUri,
      code_verifier: verifier,
    }),
  })
  return (await response.json()) as Record<string, unknown>
}

describe('the consent page', () => {
  it('shows the client, the scopes, the user and the redirect URI', async () => {
    const { page } = await consentPage()
    const text = textOf(page.html)
    for (const shown of [
      'Allow Demo Web to use your account?',
      'Signed in as demo',
      'See who you are',
      'Your user id and username.',
      'See your email address',
      demo.redirectUri,
    ]) {
      expect(text).toContain(shown)
    }
    expect(scopesOf(page)).toHaveLength(3)
  })

  it('shows a scope without a description as escaped text', async () => {
    const { page } = await consentPage()
    expect(page.html).toContain('&lt;b&gt;odd&lt;/b&gt;</label>')
  })

  it('associates every label and description with its checkbox', async () => {
    const { html } = (await consentPage()).page
    for (const index of [0, 1, 2]) {
      expect(html).toMatch(new RegExp(`id="scope-${index}"[^>]*aria-describedby="detail-${index}"`))
      expect(html).toContain(`<label for="scope-${index}">`)
      expect(html).toContain(`<p id="detail-${index}">`)
    }
  })

  it.each([
    [demo.redirectUri, "form-action 'self' http://localhost:4000;"],
    [appUri, "form-action 'self' com.example.app:;"],
    [ipv6Uri, "form-action 'self' http:;"],
  ])(
    'real clients 6: allows its form to redirect to %s, and cannot be framed',
    async (redirectUri, formAction) => {
      const { page } = await consentPage({ redirect_uri: redirectUri })
      const policy = page.headers.get('content-security-policy')
      expect(policy).toContain(formAction)
      expect(policy).toContain("frame-ancestors 'none'")
      expect(page.headers.get('x-frame-options')).toBe('DENY')
      expect(page.headers.get('cache-control')).toBe('no-store')
    },
  )

  it('redirects to the client with a 303, a code, the state and the issuer', async () => {
    const { visitor, page, state } = await consentPage()
    const { status, location } = await allow(visitor, page)
    expect(status).toBe(303)
    expect(location?.origin).toBe('http://localhost:4000')
    expect(Object.fromEntries(location?.searchParams ?? [])).toEqual({
      code: expect.stringMatching(/^[0-9a-f]{40}$/),
      state,
      iss: issuer,
    })
  })

  it('redirects to the client with access_denied if the user denies', async () => {
    const { visitor, page, state } = await consentPage()
    const { status, location } = await visitor.submit(page, { decision: 'deny' })
    expect(status).toBe(303)
    expect(Object.fromEntries(location?.searchParams ?? [])).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state,
      iss: issuer,
    })
  })

  it('lets the user allow fewer scopes than requested', async () => {
    const { visitor, page, verifier } = await consentPage()
    const tokens = await tokensFor(await allow(visitor, page, ['email']), verifier)
    expect(tokens.scope).toBe('email')
  })

  it('grants no scope that was not requested', async () => {
    const { visitor, page, verifier } = await consentPage({ scope: 'profile' })
    const tokens = await tokensFor(await allow(visitor, page, ['profile', 'email']), verifier)
    expect(tokens.scope).toBe('profile')
  })

  it('asks again if no scope is chosen, and shows the error next to the scopes', async () => {
    const { visitor, page } = await consentPage()
    const again = await allow(visitor, page, [])
    expect(again.status).toBe(422)
    expect(again.html).toMatch(/<fieldset [^>]*aria-describedby="error"/)
    expect(again.html).toContain('role="alert">Choose at least one, or deny.')
    expect((await allow(visitor, again, ['profile'])).status).toBe(303)
  })

  it.each([{}, { decision: 'perhaps' }, { decision: ['allow', 'deny'] }])(
    'asks again if no decision was made: %j',
    async (fields) => {
      const { visitor, page } = await consentPage()
      const again = await visitor.submit(page, { granted: 'profile', ...fields } as never)
      expect(again.status).toBe(200)
      expect(scopesOf(again)).toHaveLength(3)
    },
  )

  it('refuses a decision without the form token of the session', async () => {
    const { visitor, page, url } = await consentPage()
    const forged = { decision: 'allow', granted: 'profile' }
    expect((await visitor.post(url, forged)).status).toBe(403)
    const other = new Visitor(issuer)
    await signIn(other)
    expect((await allow(other, page)).status).toBe(403)
  })

  it('real clients 7: returns one code for a form that is posted twice in sequence', async () => {
    const { visitor, page, verifier } = await consentPage()
    const first = await allow(visitor, page)
    const second = await allow(visitor, page)
    expect(second.location?.href).toBe(first.location?.href)
    expect(await tokensFor(first, verifier)).toHaveProperty('access_token')
  })

  it('returns one code for a form that is posted many times concurrently', async () => {
    const { visitor, page } = await consentPage()
    const answers = await Promise.all(Array.from({ length: 8 }, () => allow(visitor, page)))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(303))
    expect(new Set(answers.map(({ location }) => location?.href)).size).toBe(1)
  })

  it('returns a new code for a second consent to the same request', async () => {
    const { visitor, page, url } = await consentPage()
    const first = await allow(visitor, page)
    const second = await allow(visitor, await visitor.get(url))
    expect(second.location?.href).not.toBe(first.location?.href)
  })

  it('never returns the response of another session', async () => {
    const { visitor, page } = await consentPage()
    await allow(visitor, page)
    const [, formId = ''] = /name="form_id" value="(.*?)"/.exec(page.html) ?? []
    expect(formId).not.toBe('')
    const other = await consentPage()
    const answer = await other.visitor.submit(
      {
        ...other.page,
        html: other.page.html.replace(/(name="form_id" value=").*?"/, `$1${formId}"`),
      },
      { decision: 'deny' },
    )
    expect(answer.location?.searchParams.get('error')).toBe('access_denied')
  })
})

describe('an invalid authorization request', () => {
  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['a redirect URI that is not registered', { redirect_uri: 'https://evil.example/callback' }],
  ])('%s: shows an error page, and does not redirect', async (_, changes) => {
    const page = await new Visitor(issuer).get(authorizationRequest(issuer, changes).url)
    expect(page.status).toBe(400)
    expect(page.location).toBeUndefined()
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(textOf(page.html)).toContain('invalid_request')
  })

  it('without PKCE: redirects with an error after the user has signed in', async () => {
    const { url, state } = authorizationRequest(issuer, { code_challenge: '' })
    const visitor = new Visitor(issuer)
    expect((await visitor.get(url)).location?.pathname).toBe('/sign-in')
    const { location } = await signIn(visitor, url)
    expect(location?.searchParams.get('error')).toBe('invalid_request')
    expect(location?.searchParams.get('state')).toBe(state)
    expect(location?.searchParams.has('code')).toBe(false)
  })
})
