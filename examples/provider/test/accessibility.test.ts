import type { Browser, Page } from 'playwright-core'
import { type Opened, button, heading, inBrowser, launch, open, signInOn } from './support/browser'
import { startDevice } from './support/device'
import { authorizationRequest, demo } from './support/flow'
import { problemsOf, withAxe } from './support/inspect-page'
import { type Running, startBoth } from './support/program'

inBrowser('every page is accessible', () => {
  let browser: Browser
  let provider: Running
  let client: Running
  let opened: Opened
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    const started = startBoth({ ADMIN_USERNAME: demo.username })
    ;[browser, { provider, client }] = await Promise.all([launch(), started])
  })

  beforeEach(async () => {
    opened = await open(browser)
    ;({ page } = opened)
    problems = []
    await withAxe(page.context())
  })

  afterEach(async () => {
    await opened[Symbol.asyncDispose]()
  })

  afterAll(async () => {
    await Promise.all([browser?.close(), provider?.program.stop(), client?.program.stop()])
  })

  /** Inspects the page once it has that heading. */
  async function look(name: string): Promise<void> {
    await heading(page, name).waitFor()
    // A heading appears before the style sheet is loaded, which changes all sizes.
    await page.waitForLoadState('load')
    for (const problem of await problemsOf(page)) problems.push(`${name}: ${problem}`)
  }

  it('without a sign-in', async () => {
    await page.goto(provider.url)
    await look('An OAuth 2 provider to try things on')
    await page.goto(`${provider.url}/nothing-here`)
    await look('Page not found')
    await page.goto(`${provider.url}/apps`)
    await look('Sign in')
    await signInOn(page, 'wrong')
    await page.getByRole('alert').waitFor()
    await look('Sign in')
    expect([...problems, ...opened.complaints]).toEqual([])
  })

  it('during a sign-in to an application', async () => {
    const consent = 'Allow Demo Web to use your account?'
    await page.goto(client.url)
    await look('Welcome')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signInOn(page)
    await look(consent)
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck()
    await button(page, 'Allow').click()
    await page.getByRole('alert').waitFor()
    await look(consent)
    await page.getByLabel('See who you are').check()
    await button(page, 'Allow').click()
    await heading(page, 'Hello, demo').waitFor()
    await button(page, 'Refresh').click()
    await page.getByRole('status').waitFor()
    await look('Hello, demo')
    await page.goto(`${client.url}/callback?error=access_denied`)
    await look('Signing in failed')
    await page.goto(authorizationRequest(provider.url, { prompt: 'select_account' }).url.href)
    await look('Choose an account')
    await page.goto(`${provider.url}/apps`)
    await look('Your applications')
    await button(page, 'Revoke all').click()
    await page.getByText('No application may').waitFor()
    await look('Your applications')
    await page.goto(`${provider.url}/sign-out`)
    await look('Sign out?')
    expect([...problems, ...opened.complaints]).toEqual([])
  })

  it('for the user of a device', async () => {
    const consent = 'Allow Demo TV to use your account?'
    const { user_code } = await startDevice(provider.url)
    await page.goto(`${provider.url}/oauth/device`)
    await look('Connect a device')
    await page.getByLabel('The code on your device').fill('wrong')
    await button(page, 'Continue').click()
    await page.getByRole('alert').waitFor()
    await look('Connect a device')
    await page.getByLabel('The code on your device').fill(user_code)
    await button(page, 'Continue').click()
    await signInOn(page)
    await look(consent)
    await button(page, 'Allow').click()
    await page.getByRole('alert').waitFor()
    await look(consent)
    await page.getByLabel(`My device shows the code ${user_code}`).check()
    await button(page, 'Allow').click()
    await look('Go back to your device')
    await page.goto(`${provider.url}/device/denied`)
    await look('The access was denied')
    expect([...problems, ...opened.complaints]).toEqual([])
  })

  it('for the administrator of the clients', async () => {
    await page.goto(`${provider.url}/admin`)
    await signInOn(page)
    await look('Clients')
    await page.getByRole('link', { name: 'New client' }).click()
    await look('New client')
    await button(page, 'Create').click()
    await page.getByRole('alert').waitFor()
    await look('New client')
    await page.getByLabel('Name').fill('Album')
    await page.getByLabel('Redirect URIs').fill('https://album.example.com/callback')
    await button(page, 'Create').click()
    await heading(page, 'Album').waitFor()
    for (const step of await page.locator('summary').all()) await step.click()
    await look('Album')
    expect([...problems, ...opened.complaints]).toEqual([])
  })
})
