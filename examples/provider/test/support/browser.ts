import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
  chromium,
} from 'playwright-core'
import { isRequired } from '@oauth2-kit/conformance/databases'
import { demo } from './flow'

/** How long a step in the browser may take on a busy machine. */
export const patienceMs = 180_000

const executable = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'chromium'))
  .find((file) => existsSync(file))
const required = isRequired('browser')
const flags = require('./chromium-flags.json') as string[]

if (executable === undefined && !required) {
  console.warn(
    '\n**** SKIPPED: the tests in a browser. There is no chromium on the PATH: install it. ****\n',
  )
}

/** `describe` if a browser is available or required, otherwise `describe.skip`. */
export const inBrowser = executable !== undefined || required ? describe : describe.skip

/** Starts the browser. */
export function launch(): Promise<Browser> {
  if (executable === undefined) throw new Error('There is no chromium on the PATH')
  return chromium.launch({ executablePath: executable, args: flags })
}

/** A page in a separate browser context, which shares no cookies. */
export interface Opened extends AsyncDisposable {
  page: Page
  /** The messages about what the Content Security Policy of a page refused. */
  complaints: string[]
}

/** Opens a page in a new context. */
export async function open(browser: Browser, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** Fills in the sign-in page, and submits it. */
export async function signInOn(page: Page, password = demo.password): Promise<void> {
  await page.getByLabel('Username').fill(demo.username)
  await page.getByLabel('Password').fill(password)
  await button(page, 'Sign in').click()
}

/** The main heading of the page. */
export function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { name, exact: true, level: 1 })
}

/** The button with that name. */
export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}
