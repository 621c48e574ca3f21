'use strict'
// Regenerates the images of the READMEs in docs/images. They show the example provider, its client and
// the MCP example with their default settings, as the chromium on the PATH renders them with the fonts of
// this machine.
const { spawn } = require('node:child_process')
const { existsSync, mkdirSync } = require('node:fs')
const path = require('node:path')
const { chromium } = require('playwright-core')
const flags = require('../examples/provider/test/support/chromium-flags.json')

const root = path.join(__dirname, '..')
const folder = path.join(root, 'docs/images')
const provider = 'http://localhost:3000'
const client = 'http://localhost:4000'
const mcp = 'http://localhost:3001'
const card = { width: 640, height: 800 }
const desk = { width: 1120, height: 780 }
const phone = { width: 390, height: 844 }

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})

async function main() {
  mkdirSync(folder, { recursive: true })
  const environment = { ADMIN_USERNAME: 'demo', REMEMBER_CONSENT: 'off' }
  const programs = [
    await start('provider', environment),
    await start('client', {}),
    await start('mcp', { PORT: '3001' }),
  ]
  const browser = await chromium.launch({ executablePath: executable(), args: flags })
  try {
    await signIn(browser)
    await allowDevice(browser)
    await manage(browser)
    await allowMcpClient(browser)
  } finally {
    await browser.close()
    for (const program of programs) program.kill()
  }
}

/** Signs in at the client, through the pages of the provider. */
async function signIn(browser) {
  const { page, shoot } = await open(browser, card)
  await page.goto(client)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Username').fill('demo')
  await page.getByLabel('Password').fill('demo-password')
  await shoot('sign-in', { height: 520 })
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).waitFor()
  await shoot('consent')
  await shoot('consent-dark', { colorScheme: 'dark' })
  await shoot('consent-phone', phone)
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('button', { name: 'Refresh' }).waitFor()
  await shoot('client', { ...card, height: 600 })
}

/** Enters the code of a device, up to the consent page. */
async function allowDevice(browser) {
  const response = await fetch(`${provider}/oauth/device_authorization`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'demo-device', scope: 'profile offline_access' }),
  })
  const { user_code } = await response.json()
  const { page, shoot } = await open(browser, card)
  await page.goto(`${provider}/oauth/device`)
  await page.getByLabel('The code on your device').fill(user_code)
  await shoot('device', { height: 520 })
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Username').fill('demo')
  await page.getByLabel('Password').fill('demo-password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).waitFor()
  await shoot('device-consent', { height: 1130 })
}

/** Visits the start page, and the pages for a signed-in user. */
async function manage(browser) {
  const { page, shoot } = await open(browser, desk)
  await page.goto(provider)
  await shoot('start')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Username').fill('demo')
  await page.getByLabel('Password').fill('demo-password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.goto(`${provider}/apps`)
  await shoot('apps', { height: 420 })
  await page.goto(`${provider}/admin/new`)
  await page.getByLabel('Name').fill('Photo Album')
  await page.getByLabel('Id', { exact: true }).fill('photo-album')
  await page.getByLabel('Redirect URIs').fill('https://album.example.com/callback')
  await page.getByLabel('Scopes', { exact: true }).fill('profile email')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('status').waitFor()
  await shoot('new-client')
  await page.goto(`${provider}/admin`)
  await shoot('clients', { height: 640 })
}

/** Signs in for an MCP client that has registered itself. */
async function allowMcpClient(browser) {
  const redirectUri = 'http://127.0.0.1:33418/'
  const metadata = await (await fetch(`${mcp}/.well-known/oauth-authorization-server`)).json()
  const registration = await fetch(metadata.registration_endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Note Editor',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    }),
  })
  const { client_id } = await registration.json()
  const url = new URL(metadata.authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: redirectUri,
    scope: 'notes:read notes:write',
    resource: `${mcp}/mcp`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const { page, shoot } = await open(browser, card)
  await page.goto(url.href)
  await page.getByLabel('Username').fill('demo')
  await page.getByLabel('Password').fill('demo-password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).waitFor()
  await shoot('mcp-consent', { height: 940 })
}

async function open(browser, size) {
  const context = await browser.newContext({ deviceScaleFactor: 1.5 })
  const page = await context.newPage()
  async function shoot(name, { colorScheme = 'light', ...changes } = {}) {
    await page.setViewportSize({ ...size, ...changes })
    await page.emulateMedia({ colorScheme })
    await page.waitForLoadState('load')
    const file = path.join(folder, `${name}.png`)
    await page.screenshot({ path: file })
    console.log(path.relative(root, file))
  }
  await page.setViewportSize(size)
  return { page, shoot }
}

/** Starts an example and resolves when it listens. */
function start(name, environment) {
  const main = path.join(root, 'examples', name, 'dist/main.js')
  const env = { PATH: process.env.PATH, ...environment }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve(child))
    child.once('exit', () => reject(new Error(`${name} has ended`)))
  })
}

function executable() {
  const folders = process.env.PATH.split(path.delimiter)
  const found = folders.map((one) => path.join(one, 'chromium')).find((file) => existsSync(file))
  if (!found) throw new Error('chromium is not on the PATH: install it')
  return found
}
