import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const executable = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'chromium'))
  .find((file) => existsSync(file))
const required = process.env.OAUTH2_TEST_REQUIRE === 'all'
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

if (executable === undefined && !required) {
  console.warn(
    '\n**** SKIPPED: the tests in a browser. There is no chromium on the PATH: install it. ****\n',
  )
}

/** `describe`, where there is a browser or must be one; else the tests are skipped. */
export const inBrowser = executable !== undefined || required ? describe : describe.skip

/** Starts the browser. */
export function launch(): Promise<Browser> {
  if (executable === undefined) throw new Error('There is no chromium on the PATH')
  return chromium.launch({ executablePath: executable, args: flags })
}
