import type { Browser } from 'playwright-core'
import { inBrowser, launch } from '../../provider/test/support/browser'
import { demo } from '../../provider/test/support/flow'
import { keepsItsPromises } from './support/behaviour'
import { describeStack, stackNames } from './support/describe-stack'

// Not part of `npm test`: npm run test:stacks
for (const name of stackNames) {
  describeStack(name, (stack) => {
    keepsItsPromises(stack)

    inBrowser('in a browser', () => {
      let browser: Browser

      beforeAll(async () => {
        browser = await launch()
      })
      afterAll(() => browser?.close())

      it('signs a user in through the client application', async () => {
        const page = await browser.newPage()
        page.setDefaultTimeout(120_000)
        const heading = (name: string) => page.getByRole('heading', { name, level: 1 })
        await page.goto(stack().url('client'))
        await page.getByRole('link', { name: 'Sign in' }).click()
        await page.getByLabel('Username').fill(demo.username)
        await page.getByLabel('Password').fill(demo.password)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('button', { name: 'Allow' }).click()
        await heading(`Hello, ${demo.username}`).waitFor()
        await page.getByRole('button', { name: 'Refresh' }).click()
        await page.getByText('You have new tokens.').waitFor()
      })
    })
  })
}
