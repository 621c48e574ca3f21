import type { Browser, Page } from 'playwright-core'
import { button, heading, inBrowser, launch, open, patienceMs, signInOn } from './browser'
import { demo } from './flow'
import { type Running, startBoth } from './program'

const consent = 'Allow Demo Web to use your account?'

/**
 * Tests the provider with that environment, and a client of it, in a browser. Without an environment
 * it runs on the store in memory, with the scenarios that only concern the pages.
 */
export function browserScenarios(environment?: () => Record<string, string>): void {
  const pageScenario = environment ? () => {} : scenario

  inBrowser('in a browser', () => {
    let browser: Browser
    let provider: Running
    let client: Running
    let page: Page
    let complaints: string[]

    beforeAll(async () => {
      const started = startBoth({ ADMIN_USERNAME: demo.username, ...environment?.() })
      ;[browser, { provider, client }] = await Promise.all([launch(), started])
      // All tests share one window, which saves a quarter of the time. Its cookies are cleared.
      ;({ page, complaints } = await open(browser))
    }, 2 * patienceMs)

    beforeEach(async () => {
      await page.context().clearCookies()
      complaints.length = 0
    }, patienceMs)

    afterAll(async () => {
      await Promise.all([browser?.close(), provider?.program.stop(), client?.program.stop()])
    }, patienceMs)

    /** Signs in from the client, up to the consent page. */
    async function openConsent(): Promise<void> {
      await page.goto(client.url)
      await page.getByRole('link', { name: 'Sign in' }).click()
      await signInOn(page)
      await heading(page, consent).waitFor()
    }

    /** Signs in from the client, and allows everything. */
    async function signedIn(): Promise<void> {
      await openConsent()
      await button(page, 'Allow').click()
      await heading(page, 'Hello, demo').waitFor()
    }

    pageScenario('a wrong password is refused, also on a reload; the right one works', async () => {
      await page.goto(client.url)
      await page.getByRole('link', { name: 'Sign in' }).click()
      await signInOn(page, 'wrong')
      const refusal = page.getByRole('alert').getByText('The username or the password is wrong.')
      await refusal.waitFor()
      await page.getByLabel('Password').and(page.locator(':focus')).waitFor()
      await page.reload()
      await refusal.waitFor()
      await signInOn(page)
      await heading(page, consent).waitFor()
      expect(complaints).toEqual([])
    })

    scenario('the client gets a narrowed scope, and keeps it when it refreshes', async () => {
      await openConsent()
      await page.getByLabel('See your email address').uncheck()
      await button(page, 'Allow').click()
      await heading(page, 'Hello, demo').waitFor()
      expect(page.url()).toBe(`${client.url}/`)
      expect(await scopes(page)).toEqual(['profile', 'offline_access'])
      await button(page, 'Refresh').click()
      await page.getByRole('status').getByText('You have new tokens.').waitFor()
      expect(await scopes(page)).toEqual(['profile', 'offline_access'])
      await button(page, 'Sign out').click()
      await heading(page, 'Welcome').waitFor()
      expect(complaints).toEqual([])
    })

    pageScenario('without a chosen scope the page asks again, also after a reload', async () => {
      await openConsent()
      for (const box of await page.getByRole('checkbox').all()) await box.uncheck()
      await button(page, 'Allow').click()
      const refusal = page.getByRole('alert').getByText('Choose at least one, or deny.')
      await refusal.waitFor()
      await page.reload()
      await refusal.waitFor()
      await page.getByLabel('See who you are').check()
      await button(page, 'Allow').click()
      await heading(page, 'Hello, demo').waitFor()
      expect(await scopes(page)).toEqual(['profile'])
      await page.reload()
      await heading(page, 'Hello, demo').waitFor()
    })

    pageScenario('a denial is reported to the client', async () => {
      await openConsent()
      await button(page, 'Deny').click()
      await heading(page, 'You are not signed in').waitFor()
      await page.getByText('Access was denied at the provider.').waitFor()
      expect(complaints).toEqual([])
    })

    scenario('a revoked application has no access', async () => {
      await signedIn()
      await page.goto(`${provider.url}/apps`)
      await button(page, 'Revoke Demo Web').click()
      await page.getByText('No application may use your account.').waitFor()
      await page.goto(client.url)
      await heading(page, 'Your access has ended').waitFor()
      expect(complaints).toEqual([])
    })

    scenario('a replayed code ends the access of the client', async () => {
      await openConsent()
      const called = page.waitForRequest((request) => request.url().includes('/callback?'))
      await button(page, 'Allow').click()
      const callback = (await called).url()
      await heading(page, 'Hello, demo').waitFor()
      await page.goto(callback)
      await heading(page, 'Hello, demo').waitFor()
      expect(await replay(provider.url, new URL(callback))).toMatchObject({
        error: 'invalid_grant',
      })
      await page.reload()
      await heading(page, 'Your access has ended').waitFor()
    })

    pageScenario('after the session has expired, the user can start again', async () => {
      await openConsent()
      await page.context().clearCookies({ name: 'session' })
      await button(page, 'Allow').click()
      await heading(page, 'This page has expired').waitFor()
      await page.getByRole('link', { name: 'Start again' }).click()
      await signInOn(page)
      await heading(page, consent).waitFor()
      await button(page, 'Allow').click()
      await heading(page, 'Hello, demo').waitFor()
    })

    pageScenario('the back button asks again, and shows nothing after a sign-out', async () => {
      await signedIn()
      await page.goBack()
      await heading(page, consent).waitFor()
      await button(page, 'Allow').click()
      await heading(page, 'Hello, demo').waitFor()
      await page.goto(`${provider.url}/apps`)
      await button(page, 'Sign out').click()
      await heading(page, 'An OAuth 2 provider to try things on').waitFor()
      await page.goBack()
      await heading(page, 'Sign in').waitFor()
    })

    scenario('a client is registered, its secret shown once, and deleted', async () => {
      await page.goto(`${provider.url}/admin`)
      await signInOn(page)
      await page.getByRole('link', { name: 'New client' }).click()
      await page.getByLabel('Name').fill('Album')
      await page.getByLabel('Redirect URIs').fill('http://album.example.com/callback')
      await button(page, 'Create').click()
      await page.getByRole('alert').getByText('“Redirect URIs” has').waitFor()
      await page.getByLabel('Redirect URIs').fill('https://album.example.com/callback')
      await button(page, 'Create').click()
      const secret = page.getByRole('status').getByText(/^[0-9a-f]{64}$/)
      await secret.waitFor()
      await page.reload()
      await heading(page, 'Album').waitFor()
      expect(await secret.count()).toBe(0)
      await page.getByText('Delete the client').click()
      await button(page, 'Delete for good').click()
      await page.getByRole('status').getByText('Album is deleted').waitFor()
      expect(await page.getByRole('link', { name: 'Album' }).count()).toBe(0)
      expect(complaints).toEqual([])
    })
  })
}

function scenario(title: string, test: () => Promise<void>): void {
  it(title, test, 2 * patienceMs)
}

function scopes(page: Page): Promise<string[]> {
  return page.getByRole('listitem').allTextContents()
}

/** Redeems the code of a callback again, with the credentials of the client. */
async function replay(issuer: string, callback: URL): Promise<unknown> {
  const answer = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: callback.origin + callback.pathname,
      code_verifier: 'x'.repeat(43),
    }),
  })
  return answer.json()
}
