import type { Browser, Page } from 'playwright-core'
import { inBrowser, launch } from './support/browser'
import { demo } from './support/flow'
import { type Program, startClient, startProvider } from './support/program'

inBrowser('in a browser', () => {
  let provider: { program: Program; url: string }
  let client: { program: Program; url: string }
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
    provider = await startProvider()
    client = await startClient(provider.url)
  })

  afterAll(async () => {
    await Promise.all([browser?.close(), provider?.program.stop(), client?.program.stop()])
  })

  /** A page at the client, in a browser of its own, and what the browser complains about. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}) {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text()))
        complaints.push(message.text())
    })
    await page.goto(client.url)
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
  }

  it('signs in through the client after a wrong password, consents, refreshes and signs out', async () => {
    await using opened = await open()
    const { page, complaints } = opened
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(page, 'wrong')
    await page.getByRole('alert').getByText('The username or the password is wrong.').waitFor()
    await page.getByLabel('Password').and(page.locator(':focus')).waitFor()
    await signIn(page)
    await heading(page, 'Allow Demo Web to use your account?').waitFor()
    await page.getByLabel('See your email address').uncheck()
    await page.getByRole('button', { name: 'Allow' }).click()
    await heading(page, 'Hello, demo').waitFor()
    expect(page.url()).toBe(`${client.url}/`)
    expect(await page.getByRole('listitem').allTextContents()).toEqual([
      'profile',
      'offline_access',
    ])
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByRole('status').getByText('You have new tokens.').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading(page, 'Welcome').waitFor()
    expect(complaints).toEqual([])
  })

  it('tells the client that the user denied', async () => {
    await using opened = await open()
    const { page, complaints } = opened
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(page)
    await page.getByRole('button', { name: 'Deny' }).click()
    await heading(page, 'You are not signed in').waitFor()
    await page.getByText('Access was denied at the provider.').waitFor()
    expect(complaints).toEqual([])
  })

  it('works with the keyboard alone', async () => {
    await using opened = await open()
    const { page } = opened
    const press = async (...keys: string[]) => {
      // oxlint-disable-next-line no-await-in-loop -- one key after the other
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('Tab', 'Tab', 'Enter')
    await heading(page, 'Sign in').waitFor()
    await page.keyboard.type(demo.username)
    await press('Tab')
    await page.keyboard.type(demo.password)
    await press('Enter')
    await heading(page, 'Allow Demo Web to use your account?').waitFor()
    // The link to the start page, the other account, then three scopes: the second one is unchecked.
    await press('Tab', 'Tab', 'Tab', 'Tab', 'Space', 'Tab', 'Tab')
    await page.getByRole('button', { name: 'Allow' }).and(page.locator(':focus-visible')).waitFor()
    await press('Enter')
    await heading(page, 'Hello, demo').waitFor()
    expect(await page.getByRole('listitem').allTextContents()).toEqual([
      'profile',
      'offline_access',
    ])
  })

  it('takes a double click on Sign in and on Allow', async () => {
    await using opened = await open()
    const { page } = opened
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Username').fill(demo.username)
    await page.getByLabel('Password').fill(demo.password)
    await page.getByRole('button', { name: 'Sign in' }).dblclick()
    await heading(page, 'Allow Demo Web to use your account?').waitFor()
    await page.getByRole('button', { name: 'Allow' }).dblclick()
    await heading(page, 'Hello, demo').waitFor()
    expect(page.url()).toBe(`${client.url}/`)
  })

  it('fits a phone: nothing has to be scrolled sideways', async () => {
    await using opened = await open({ viewport: { width: 320, height: 640 } })
    const { page } = opened
    const overflow = () =>
      page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await heading(page, 'Sign in').waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
    await signIn(page)
    await heading(page, 'Allow Demo Web to use your account?').waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.goto(provider.url)
    expect(await overflow()).toBeLessThanOrEqual(0)
  })
})

async function signIn(page: Page, password = demo.password): Promise<void> {
  await page.getByLabel('Username').fill(demo.username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

function heading(page: Page, name: string) {
  return page.getByRole('heading', { name, exact: true, level: 1 })
}
