import type { Browser } from 'playwright-core'
import { button, heading, inBrowser, launch, open, signInOn } from './support/browser'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { type Running, startBoth } from './support/program'

describe('STORE=memory', () => {
  browserScenarios()
})

inBrowser('the pages', () => {
  let provider: Running
  let client: Running
  let browser: Browser

  beforeAll(async () => {
    ;[browser, { provider, client }] = await Promise.all([launch(), startBoth()])
  })

  afterAll(async () => {
    await Promise.all([browser?.close(), provider?.program.stop(), client?.program.stop()])
  })

  it('work with the keyboard alone', async () => {
    await using opened = await open(browser)
    const { page } = opened
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await page.goto(client.url)
    await press('Tab', 'Tab', 'Enter')
    // The page is loaded a moment before it focuses the field.
    await page.getByLabel('Username').and(page.locator(':focus')).waitFor()
    await page.keyboard.type(demo.username)
    await press('Tab')
    await page.keyboard.type(demo.password)
    await press('Enter')
    await heading(page, 'Allow Demo Web to use your account?').waitFor()
    // Passes the start page link and the other account, and unchecks the second of three scopes.
    await press('Tab', 'Tab', 'Tab', 'Tab', 'Space', 'Tab', 'Tab')
    await button(page, 'Allow').and(page.locator(':focus-visible')).waitFor()
    await press('Enter')
    await heading(page, 'Hello, demo').waitFor()
    expect(await page.getByRole('listitem').allTextContents()).toEqual([
      'profile',
      'offline_access',
    ])
  })

  it('accept a double click on Sign in and on Allow', async () => {
    await using opened = await open(browser)
    const { page } = opened
    await page.goto(client.url)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Username').fill(demo.username)
    await page.getByLabel('Password').fill(demo.password)
    await button(page, 'Sign in').dblclick()
    await heading(page, 'Allow Demo Web to use your account?').waitFor()
    await button(page, 'Allow').dblclick()
    await heading(page, 'Hello, demo').waitFor()
    expect(page.url()).toBe(`${client.url}/`)
  })

  it('redirect to the client after a sign-in if the consent is remembered', async () => {
    const both = await startBoth({ REMEMBER_CONSENT: 'on' })
    await using _remembering = both.provider
    await using itsClient = both.client
    await using opened = await open(browser)
    const { page, complaints } = opened
    const signIn = async () => {
      await page.goto(itsClient.url)
      await page.getByRole('link', { name: 'Sign in' }).click()
      await signInOn(page)
    }
    await signIn()
    await button(page, 'Allow').click()
    await heading(page, 'Hello, demo').waitFor()
    await page.context().clearCookies()
    await signIn()
    await heading(page, 'Hello, demo').waitFor()
    expect(complaints).toEqual([])
  })
})
