import { type ClientRegistration, createClient, createUser } from '@oauth2-kit/core'
import { button, heading, inBrowser, launch, open } from './support/browser'
import { authorizationRequest } from './support/flow'
import { demoSetting, startInProcess } from './support/in-process'
import { problemsOf, withAxe } from './support/inspect-page'
import { type Page, type Visitor, textOf } from './support/visitor'

const ada = { username: 'ada', password: 'a long password' }
const url = 'https://client.example:8443/app.json'
const web = 'https://album.example/callback'

/** A provider on which a client with a metadata document asks for consent. */
async function withDocument(members: object = {}) {
  const document = { client_id: url, client_name: 'Album', redirect_uris: [web], ...members }
  const setting = {
    ...demoSetting(),
    clientMetadata: { scopes: null, fetch: async () => Response.json(document) },
  }
  await createUser(setting.store, ada)
  return { setting, provider: await startInProcess(setting) }
}

/** A provider with a client in its store. */
async function withClient(registration?: ClientRegistration) {
  const setting = demoSetting()
  await createUser(setting.store, ada)
  const { client } = await createClient(setting.store, {
    name: 'Album',
    type: 'public',
    redirectUris: ['com.example.album:/callback'],
    scopes: ['profile'],
  })
  const changed = {
    ...client,
    version: `${client.version}2`,
    ...(registration && { registration }),
  }
  await setting.store.updateClient(changed, client.version)
  return { client, provider: await startInProcess(setting) }
}

async function consentPage(visitor: Visitor, issuer: string, changes: Record<string, string>) {
  const request = authorizationRequest(issuer, { scope: 'profile', ...changes })
  const first = await visitor.get(request.url)
  const form = await visitor.get(first.location ?? '/sign-in')
  const signedIn = await visitor.submit(form, ada)
  return visitor.get(signedIn.location ?? '')
}

function wordsOf({ html }: Page): string {
  return textOf(html).replaceAll(/\s+/g, ' ')
}

describe('the consent page of a client with a metadata document', () => {
  it('shows who publishes it, its name as its own words, and where the answer goes', async () => {
    const { provider } = await withDocument()
    await using at = provider
    const page = await consentPage(at.visitor, at.url, { client_id: url, redirect_uri: web })
    const words = wordsOf(page)
    expect(words).toContain('Allow client.example:8443 to use your account?')
    expect(words).toContain(
      'This application calls itself Album. It is published by client.example:8443',
    )
    expect(words).toContain('Your answer goes to album.example.')
    expect(words).not.toContain('Any program on your computer')
  })

  it('escapes its name', async () => {
    const { provider } = await withDocument({ client_name: '<b>"Bank"</b>' })
    await using at = provider
    const page = await consentPage(at.visitor, at.url, { client_id: url, redirect_uri: web })
    expect(page.html).not.toContain('<b>"')
    expect(page.html).toContain('<q>&lt;b&gt;')
  })

  it('may lack a name', async () => {
    const { provider } = await withDocument({ client_name: undefined })
    await using at = provider
    const page = await consentPage(at.visitor, at.url, { client_id: url, redirect_uri: web })
    expect(wordsOf(page)).toContain('This application is published by client.example:8443')
  })

  it.each([
    ['http://127.0.0.1/callback', '127.0.0.1', true],
    ['http://localhost:3000/callback', 'localhost:3000', true],
    [web, 'album.example', false],
  ])('warns of other programs if the answer goes to %s: %s, %p', async (uri, target, isLocal) => {
    const uris = ['http://127.0.0.1/callback', 'http://localhost:3000/callback', web]
    const { provider } = await withDocument({ redirect_uris: uris })
    await using at = provider
    const page = await consentPage(at.visitor, at.url, { client_id: url, redirect_uri: uri })
    const words = wordsOf(page)
    expect(words).toContain(`Your answer goes to ${target}.`)
    expect(words.includes('Any program on your computer could pose as this application')).toBe(
      isLocal,
    )
  })

  it('leads to an application that the user can revoke, under its URL', async () => {
    const { setting, provider } = await withDocument()
    await using at = provider
    const page = await consentPage(at.visitor, at.url, { client_id: url, redirect_uri: web })
    const { location } = await at.visitor.submit(page, { granted: 'profile', decision: 'allow' })
    expect(location?.searchParams.get('code')).toEqual(expect.any(String))
    const apps = await at.visitor.get('/apps')
    expect(wordsOf(apps)).toContain(url)
    expect((await at.visitor.submit(apps, {})).status).toBe(303)
    const user = await setting.store.getUserByUsername('ada')
    const { grants } = await setting.store.listGrants({ userId: user!.id }, { limit: 10 })
    expect(grants).toEqual([])
  })
})

inBrowser('the consent page of a client with a metadata document', () => {
  it('is accessible', async () => {
    const { provider } = await withDocument({ redirect_uris: ['http://127.0.0.1/callback'] })
    await using at = provider
    const browser = await launch()
    try {
      await using opened = await open(browser)
      const { page } = opened
      await withAxe(page.context())
      const changes = { client_id: url, redirect_uri: 'http://127.0.0.1:5555/callback' }
      await page.goto(authorizationRequest(at.url, { scope: 'profile', ...changes }).url.href)
      await page.getByLabel('Username').fill(ada.username)
      await page.getByLabel('Password').fill(ada.password)
      await button(page, 'Sign in').click()
      await heading(page, 'Allow client.example:8443 to use your account?').waitFor()
      await page.waitForLoadState('load')
      expect([...(await problemsOf(page)), ...opened.complaints]).toEqual([])
    } finally {
      await browser.close()
    }
  })
})

describe('the consent page of a client that registered itself', () => {
  it('says so, and that anybody can choose its name', async () => {
    const { client, provider } = await withClient({ method: 'dynamic', issuedAt: 1 })
    await using at = provider
    const [redirectUri = ''] = client.redirectUris
    const ids = { client_id: client.id, redirect_uri: redirectUri }
    const words = wordsOf(await consentPage(at.visitor, at.url, ids))
    expect(words).toContain('Allow Album to use your account?')
    expect(words).toContain('This application has registered itself, and calls itself Album.')
    expect(words).toContain('anybody can choose that name')
    expect(words).toContain('Your answer goes to com.example.album:.')
  })

  it('says nothing of this for a client that you have registered', async () => {
    const { client, provider } = await withClient()
    await using at = provider
    const [redirectUri = ''] = client.redirectUris
    const ids = { client_id: client.id, redirect_uri: redirectUri }
    const words = wordsOf(await consentPage(at.visitor, at.url, ids))
    expect(words).toContain('Allow Album to use your account?')
    expect(words).not.toContain('calls itself')
  })
})
