import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { inBrowser, launch, open } from '../../provider/test/support/browser'
import { demo } from '../../provider/test/support/flow'
import { freePort } from '../../../test/support/free-port'
import { startProvider } from '../../provider/test/support/program'
import { ClientProgram } from './support/client-program'

const file = path.join(__dirname, '../single-page-app/serve.mjs')

async function says(page: Page, text: string): Promise<void> {
  await page.getByRole('status').getByText(text, { exact: true }).waitFor()
}

inBrowser('the single-page app', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it('signs in, refreshes and signs out in the browser, from another origin', async () => {
    // The provider must know the origin of the app before the app is served.
    const PORT = String(await freePort())
    const origin = `http://localhost:${PORT}`
    await using provider = await startProvider({ DEMO_REDIRECT_URI: `${origin}/callback` })
    await using program = new ClientProgram(file, { ISSUER: provider.url, PORT })
    await program.loopbackUrl()
    await using opened = await open(browser)
    const { page } = opened
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))

    await page.goto(origin)
    await says(page, 'You are not signed in.')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Username').fill(demo.username)
    await page.getByLabel('Password').fill(demo.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await says(page, 'You are signed in as demo.')
    expect(page.url()).toBe(`${origin}/`)
    await page.getByRole('button', { name: 'Refresh the tokens' }).click()
    await says(page, 'Refreshed, and still signed in as demo.')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await says(page, 'You are not signed in.')
    expect(problems).toEqual([])
  })
})
