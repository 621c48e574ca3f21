import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { button, heading, inBrowser, launch, open, signInOn } from './support/browser'
import { allow, authorizationRequest, demo, signIn } from './support/flow'
import { type Program, startProvider } from './support/program'
import { Visitor } from './support/visitor'

let application: Server
let redirectUri: string
let program: Program
let issuer: string

/** The forms that the application has received. */
const received: URLSearchParams[] = []

beforeAll(async () => {
  application = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => (body += String(chunk)))
    req.on('end', () => {
      if (req.method === 'POST') received.push(new URLSearchParams(body))
      res.setHeader('Content-Type', 'text/html').end('<h1>Welcome back</h1>')
    })
  })
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve))
  redirectUri = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`
  ;({ program, url: issuer } = await startProvider({ DEMO_REDIRECT_URI: redirectUri }))
})

afterAll(async () => {
  await program.stop()
  application.closeAllConnections()
  application.close()
})

/** A request that is answered with a form, and its pushed equivalent (RFC 9126). */
async function request() {
  const changes = { redirect_uri: redirectUri, response_mode: 'form_post' }
  const { url, state } = authorizationRequest(issuer, changes)
  const response = await fetch(`${issuer}/oauth/par`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: url.searchParams,
  })
  const { request_uri = '' } = (await response.json()) as { request_uri?: string }
  const pushed = new URL('/oauth/authorize', issuer)
  pushed.search = new URLSearchParams({ client_id: demo.clientId, request_uri }).toString()
  return { url, pushed, state }
}

describe('response_mode=form_post', () => {
  it.each(['url', 'pushed'] as const)(
    'a form of consent that is posted twice gets one answer: %s',
    async (which) => {
      const visitor = new Visitor(issuer)
      const page = await signIn(visitor, (await request())[which])
      const [first, second] = await Promise.all([allow(visitor, page), allow(visitor, page)])
      expect([first.status, second.status]).toEqual([200, 200])
      expect(first.html).toMatch(/name="code" value="[0-9a-f]{40}"/)
      expect(second.html).toBe(first.html)
      for (const name of ['content-security-policy', 'cache-control', 'referrer-policy']) {
        expect([name, second.headers.get(name)]).toEqual([name, first.headers.get(name)])
      }
    },
  )
})

inBrowser('response_mode=form_post, in a browser', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  beforeEach(() => {
    received.length = 0
  })

  it.each([
    ['url', true],
    ['pushed', true],
    ['pushed', false],
  ] as const)(
    'posts the answer to the application: %s, with scripts: %s',
    async (which, scripts) => {
      await using opened = await open(browser, { javaScriptEnabled: scripts })
      const { page, complaints } = opened
      const { state, ...urls } = await request()
      await page.goto(urls[which].href)
      await signInOn(page)
      // A reload before the next page is there fails in the browser.
      await heading(page, 'Allow Demo Web to use your account?').waitFor()
      await page.reload()
      await button(page, 'Allow').click()
      if (!scripts) await button(page, 'Continue').click()
      await heading(page, 'Welcome back').waitFor()
      expect(received.map((form) => Object.fromEntries(form))).toEqual([
        { code: expect.stringMatching(/^[0-9a-f]{40}$/), state, iss: issuer },
      ])
      expect(complaints).toEqual([])
    },
  )

  it('posts a denial', async () => {
    await using opened = await open(browser)
    const { page, complaints } = opened
    const { pushed, state } = await request()
    await page.goto(pushed.href)
    await signInOn(page)
    await button(page, 'Deny').click()
    await heading(page, 'Welcome back').waitFor()
    expect(received[0]?.get('error')).toBe('access_denied')
    expect(received[0]?.get('state')).toBe(state)
    expect(complaints).toEqual([])
  })
})
