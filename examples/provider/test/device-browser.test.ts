import type { Browser, Page } from 'playwright-core'
import { button, heading, inBrowser, launch, open, signInOn } from './support/browser'
import { poll, startDevice } from './support/device'
import { demo } from './support/flow'
import { type Running, startProvider } from './support/program'

const consent = 'Allow Demo TV to use your account?'

async function enter(page: Page, code: string): Promise<void> {
  await page.getByLabel('The code on your device').fill(code)
  await button(page, 'Continue').click()
}

inBrowser('a device, in a browser', () => {
  let provider: Running
  let browser: Browser

  beforeAll(async () => {
    const started = startProvider({ REMEMBER_CONSENT: 'on' })
    ;[browser, provider] = await Promise.all([launch(), started])
  })

  afterAll(async () => {
    await Promise.all([browser?.close(), provider?.program.stop()])
  })

  it('is allowed: wrong code, right code, sign-in, comparison, reloads', async () => {
    const codes = await startDevice(provider.url)
    await using opened = await open(browser)
    const { page, complaints } = opened
    await page.goto(codes.verification_uri)
    await enter(page, 'BCDF-GHJK')
    await page.getByRole('alert').getByText('This code is wrong or has expired.').waitFor()
    await enter(page, codes.user_code.toLowerCase())
    await signInOn(page)
    await heading(page, consent).waitFor()
    expect(new URL(page.url()).searchParams.get('user_code')).toBe(codes.user_code)
    await page.reload()
    await heading(page, consent).waitFor()
    await page.getByText('Continue only if you have just started this yourself').waitFor()
    await page.getByLabel('See your email address').uncheck()
    await button(page, 'Allow').click()
    await page.getByRole('alert').getByText('Compare the code with your device').waitFor()
    expect(await page.getByLabel('See your email address').isChecked()).toBe(false)
    expect(await poll(provider.url, codes)).toMatchObject({ error: 'authorization_pending' })
    await page.getByLabel(`My device shows the code ${codes.user_code}`).check()
    await button(page, 'Allow').dblclick()
    await heading(page, 'Go back to your device').waitFor()
    await page.reload()
    await heading(page, 'Go back to your device').waitFor()
    expect(await poll(provider.url, codes)).toMatchObject({ scope: 'profile offline_access' })
    await page.goto(codes.verification_uri_complete)
    await page.getByRole('alert').getByText('This code is wrong or has expired.').waitFor()
    expect(complaints).toEqual([])
  })

  it('is denied, by a user who scans the code and has allowed such a device before', async () => {
    const first = await startDevice(provider.url)
    await using opened = await open(browser)
    const { page, complaints } = opened
    await page.goto(first.verification_uri_complete)
    await signInOn(page)
    await page.getByLabel('My device shows').check()
    await button(page, 'Allow').click()
    await heading(page, 'Go back to your device').waitFor()
    const codes = await startDevice(provider.url)
    await page.goto(codes.verification_uri_complete)
    await page.getByText(`My device shows the code ${codes.user_code}`).waitFor()
    await button(page, 'Deny').click()
    await heading(page, 'The access was denied').waitFor()
    expect(await poll(provider.url, codes)).toMatchObject({ error: 'access_denied' })
    expect(complaints).toEqual([])
  })

  it('is allowed with the keyboard alone', async () => {
    const codes = await startDevice(provider.url, { scope: 'profile' })
    await using opened = await open(browser)
    const { page } = opened
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await page.goto(codes.verification_uri)
    await page.getByLabel('The code on your device').and(page.locator(':focus')).waitFor()
    await page.keyboard.type(codes.user_code)
    await press('Enter')
    await page.getByLabel('Username').and(page.locator(':focus')).waitFor()
    await page.keyboard.type(demo.username)
    await press('Tab')
    await page.keyboard.type(demo.password)
    await press('Enter')
    await heading(page, consent).waitFor()
    // Passes the start page link, the other account and the scope.
    await press('Tab', 'Tab', 'Tab', 'Tab')
    await page.getByLabel('My device shows').and(page.locator(':focus-visible')).waitFor()
    await press('Space', 'Tab', 'Enter')
    await heading(page, 'Go back to your device').waitFor()
    expect(await poll(provider.url, codes)).toHaveProperty('access_token')
  })
})
