import { type ClientRegistration, createClient, createUser } from '@oauth2-kit/core'
import { deviceCode } from '../src/provider/pages/device'
import { compared, consentFor, poll, startDevice } from './support/device'
import { allow, demo, scopesOf, signIn } from './support/flow'
import { demoSetting, startInProcess } from './support/in-process'
import { type Program, startProvider } from './support/program'
import { type Page, Visitor, textOf } from './support/visitor'

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider({ REMEMBER_CONSENT: 'on' }))
})

afterAll(() => program.stop())

const pending = expect.objectContaining({ error: 'authorization_pending' })
const denied = expect.objectContaining({ error: 'access_denied' })

/** A new request of the device, and the page on which a signed-in user decides about it. */
async function asked(changes: Record<string, string> = {}) {
  const codes = await startDevice(issuer, changes)
  const visitor = new Visitor(issuer)
  return { codes, visitor, page: await consentFor(visitor, codes.verification_uri_complete) }
}

function allowDevice(visitor: Visitor, page: Page, scopes = scopesOf(page)): Promise<Page> {
  return visitor.submit(page, { ...compared, granted: scopes })
}

/** Enters a code on the page of the device, and follows its redirect. */
async function enter(visitor: Visitor, code: string): Promise<Page> {
  const page = await visitor.submit(await visitor.get('/oauth/device'), { user_code: code })
  return page.location ? visitor.get(page.location) : page
}

describe('the page of the code', () => {
  it('has a labelled field that a phone does not correct', async () => {
    const page = await new Visitor(issuer).get('/oauth/device')
    expect(page.status).toBe(200)
    const [field = ''] = /<input class="code"[^>]*>/s.exec(page.html) ?? []
    for (const attribute of [
      'inputmode="text"',
      'autocomplete="off"',
      'autocapitalize="characters"',
      'spellcheck="false"',
      'aria-describedby="hint"',
    ]) {
      expect(field).toContain(attribute)
    }
    expect(page.html).toContain('<label for="user_code">')
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self';")
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  it.each([
    ['as it is shown', (code: string) => code],
    ['in lower case without the dash', (code: string) => code.toLowerCase().replace('-', '')],
    ['with spaces', (code: string) => ` ${code.replace('-', ' ').split('').join(' ')} `],
  ])('takes the code %s, and keeps it while the user signs in', async (_how, typed) => {
    const { user_code } = await startDevice(issuer)
    const visitor = new Visitor(issuer)
    const redirect = await enter(visitor, typed(user_code))
    expect(redirect.location?.pathname).toBe('/sign-in')
    const form = await visitor.get(redirect.location ?? '')
    const { username, password } = demo
    const { location } = await visitor.submit(form, { username, password })
    expect(location?.searchParams.get('user_code')).toBe(user_code)
    expect(textOf((await visitor.get(location ?? '')).html)).toContain(user_code)
  })

  it.each(['BCDF-GHJK', 'wrong', '<b>&"', 'x'.repeat(300)])(
    'says the same of every wrong code, and shows it as text: %s',
    async (code) => {
      const page = await enter(new Visitor(issuer), code)
      expect(page.status).toBe(422)
      expect(page.html).toContain('role="alert">This code is wrong or has expired.')
      expect(page.html).toMatch(/<input class="code"[^>]*aria-describedby="error hint"/s)
      expect(page.html).not.toContain('<b>&"')
      expect(page.html).toContain('action="/oauth/device"')
    },
  )

  it('takes a right code after a wrong one', async () => {
    const { user_code } = await startDevice(issuer)
    const visitor = new Visitor(issuer)
    await signIn(visitor)
    const wrong = await enter(visitor, 'BCDF-GHJK')
    const { location } = await visitor.submit(wrong, { user_code }, '/oauth/device')
    expect(textOf((await visitor.get(location ?? '')).html)).toContain('Allow Demo TV')
  })

  it('refuses a code without the form token of the session', async () => {
    const { user_code } = await startDevice(issuer)
    const page = await new Visitor(issuer).post('/oauth/device', { user_code })
    expect(page.status).toBe(403)
  })

  it('refuses more guesses from one address after some wrong ones', async () => {
    await using provider = await startProvider({ RATE_LIMIT: 'on' })
    const visitor = new Visitor(provider.url)
    const pages: Page[] = []
    for (let guess = 0; guess < 40; guess++) {
      pages.push(await visitor.get('/oauth/device?user_code=BCDF-GHJK'))
    }
    expect([...new Set(pages.map(({ status }) => status))]).toEqual([422, 429])
    expect(pages.at(-1)?.html).toContain('<h1>Too many attempts</h1>')
    expect(pages.at(-1)?.headers.get('retry-after')).toMatch(/^\d+$/)
    // The sign-in is counted apart.
    expect((await signIn(visitor)).status).toBe(200)
  })
})

describe('the consent page of a device', () => {
  it('shows the client, the code, where and when it asked, and a warning', async () => {
    const { codes, page } = await asked()
    const text = textOf(page.html).replace(/\s+/g, ' ')
    for (const shown of [
      'Allow Demo TV to use your account?',
      'Signed in as demo',
      codes.user_code,
      'The device asked less than a minute ago, from the address',
      'Continue only if you have just started this yourself, on a device in front of you.',
      'If somebody sent you the code or a link to this page, deny',
      'See who you are',
    ]) {
      expect(text).toContain(shown)
    }
    expect(text).toMatch(/from the address (?:::1|127\.0\.0\.1)\./)
    expect(text).not.toContain('Your answer is sent to')
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self';")
  })

  it('gives the device its tokens once the user has allowed it', async () => {
    const { codes, visitor, page } = await asked()
    expect(await poll(issuer, codes)).toEqual(pending)
    const { status, location } = await allowDevice(visitor, page)
    expect([status, location?.pathname]).toEqual([303, '/device/allowed'])
    expect(textOf((await visitor.get(location ?? '')).html)).toContain('Go back to your device')
    const tokens = await poll(issuer, codes)
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: demo.scope })
    const headers = { Authorization: `Bearer ${String(tokens.access_token)}` }
    const me = await (await fetch(`${issuer}/api/me`, { headers })).json()
    expect(me).toMatchObject({ username: demo.username, client_id: demo.deviceClientId })
  })

  it('lists the device among the applications, and ends its access there', async () => {
    const { codes, visitor, page } = await asked()
    await allowDevice(visitor, page)
    const tokens = await poll(issuer, codes)
    const apps = await visitor.get('/apps')
    expect(textOf(apps.html)).toContain('Demo TV')
    await visitor.submit(apps, {})
    const headers = { Authorization: `Bearer ${String(tokens.access_token)}` }
    expect((await fetch(`${issuer}/api/me`, { headers })).status).toBe(401)
  })

  it('tells the device that the user has denied', async () => {
    const { codes, visitor, page } = await asked()
    const { location } = await visitor.submit(page, { decision: 'deny' })
    expect(location?.pathname).toBe('/device/denied')
    expect(textOf((await visitor.get(location ?? '')).html)).toContain('The access was denied')
    expect(await poll(issuer, codes)).toEqual(denied)
  })

  it('needs the user to compare the code, and keeps the chosen scopes meanwhile', async () => {
    const { codes, visitor, page } = await asked()
    expect(page.html).not.toMatch(/name="compared"[^>]*checked/)
    const again = await allow(visitor, page, ['profile'])
    expect(again.status).toBe(422)
    expect(again.html).toContain('role="alert">Compare the code with your device, or deny.')
    expect(again.html).toMatch(/name="compared"[^>]*aria-describedby="code-error"/)
    expect(again.html).toMatch(/value="profile"[^>]*checked/)
    expect(again.html).not.toMatch(/value="email"[^>]*checked/)
    expect(await poll(issuer, codes)).toEqual(pending)
    expect((await allowDevice(visitor, again, ['profile'])).status).toBe(303)
  })

  it('gives the device only the scopes that the user allows', async () => {
    const { codes, visitor, page } = await asked()
    expect((await allowDevice(visitor, page, [])).status).toBe(422)
    await allowDevice(visitor, page, ['email'])
    expect(await poll(issuer, codes)).toMatchObject({ scope: 'email' })
  })

  it('is shown again after a reload, and to a user who allowed the device before', async () => {
    const { codes, visitor, page } = await asked()
    expect((await visitor.get(codes.verification_uri_complete)).status).toBe(200)
    await allowDevice(visitor, page)
    const next = await startDevice(issuer)
    const again = await visitor.get(next.verification_uri_complete)
    expect(textOf(again.html)).toContain(next.user_code)
    expect(again.html).toContain('name="compared"')
  })

  it('decides once: the code of a decision is unknown, and a double click shows one result', async () => {
    const { codes, visitor, page } = await asked()
    const answers = await Promise.all([1, 2, 3].map(() => allowDevice(visitor, page)))
    expect(answers.map(({ location }) => location?.pathname)).toEqual(
      Array(3).fill('/device/allowed'),
    )
    const late = await visitor.get(codes.verification_uri_complete)
    expect([late.status, late.html.includes('This code is wrong')]).toEqual([422, true])
    expect(await poll(issuer, codes)).toHaveProperty('access_token')
  })

  it('refuses a decision without the form token of the session', async () => {
    const { codes, visitor, page } = await asked()
    const url = codes.verification_uri_complete
    expect((await visitor.post(url, compared)).status).toBe(403)
    const other = new Visitor(issuer)
    await signIn(other)
    expect((await allowDevice(other, page)).status).toBe(403)
    expect(await poll(issuer, codes)).toEqual(pending)
  })

  it('lets the user sign in with another account', async () => {
    const { codes, visitor, page } = await asked()
    const [, action = ''] = /action="(\/sign-out[^"]*)"/.exec(page.html) ?? []
    const form = { ...page, html: page.html.slice(0, page.html.indexOf('</form>')) }
    const { location } = await visitor.submit(form, {}, textOf(action))
    expect(location?.href).toBe(codes.verification_uri_complete)
    expect((await visitor.get(location ?? '')).location?.pathname).toBe('/sign-in')
  })
})

describe('a device whose client has registered itself', () => {
  it('shows what nobody has checked, and no address for the answer', async () => {
    const setting = demoSetting()
    const { username, password } = demo
    await createUser(setting.store, { username, password })
    const { client } = await createClient(setting.store, {
      name: 'Album',
      type: 'public',
      grantTypes: [deviceCode],
      scopes: null,
    })
    const registration: ClientRegistration = { method: 'dynamic', issuedAt: 0 }
    const changed = { ...client, version: `${client.version}2`, registration }
    await setting.store.updateClient(changed, client.version)
    await using provider = await startInProcess(setting)
    const { user_code } = await startDevice(provider.url, { client_id: client.id })
    const page = await signIn(provider.visitor, `/oauth/device?user_code=${user_code}`)
    const words = textOf(page.html).replace(/\s+/g, ' ')
    expect(words).toContain('This application has registered itself, and calls itself Album')
    expect(words).toContain(user_code)
    expect(words).not.toContain('Your answer')
    expect(provider.log).toEqual([])
  })
})
