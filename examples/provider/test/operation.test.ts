import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createClient, createUser, deleteUser, setPassword } from '@oauth2-kit/core'
import type { UserStore } from '../src/provider/setting'
import { demoSetting, startInProcess } from './support/in-process'
import { type Visitor, textOf } from './support/visitor'

const ada = { username: 'ada', password: 'a long password' }

/** The demo provider with the user ada, who is its administrator. */
async function withAda() {
  const setting = { ...demoSetting(), admin: ada.username }
  const user = await createUser(setting.store, ada)
  return { setting, user }
}

async function signIn(visitor: Visitor) {
  return visitor.submit(await visitor.get('/sign-in'), ada)
}

async function isSignedIn(visitor: Visitor): Promise<boolean> {
  return (await visitor.get('/apps')).status === 200
}

/** A store whose calls fail with an error that has a cause and values of a statement. */
function broken(store: UserStore): UserStore {
  const cause = new Error('connect ECONNREFUSED')
  const error = Object.assign(new Error('Query failed', { cause }), { parameters: ['a-secret'] })
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? () => Promise.reject(error) : member
    },
  })
}

describe('health checks', () => {
  it('return 200 while the store answers', async () => {
    await using provider = await startInProcess(demoSetting())
    for (const path of ['/healthz', '/readyz']) {
      const { status, html, headers } = await provider.visitor.get(path)
      expect([path, status, html]).toEqual([path, 200, '{"status":"ok"}'])
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('return 503 for /readyz only, while the store fails', async () => {
    const setting = demoSetting()
    await using provider = await startInProcess({ ...setting, store: broken(setting.store) })
    expect((await provider.visitor.get('/healthz')).status).toBe(200)
    const { status, html } = await provider.visitor.get('/readyz')
    expect([status, html]).toEqual([503, '{"status":"unavailable"}'])
  })

  it('ask a store that does not answer once, however many requests there are', async () => {
    const setting = demoSetting()
    let calls = 0
    const store = new Proxy(setting.store, {
      get(target, name) {
        if (name !== 'getRecord') return Reflect.get(target, name) as unknown
        return () => {
          calls++
          return new Promise(() => {})
        }
      },
    })
    await using provider = await startInProcess({ ...setting, store, storeTimeout: 200 })
    const pages = await Promise.all(
      Array.from({ length: 20 }, () => provider.visitor.get('/readyz')),
    )
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([503]))
    expect(calls).toBe(1)
  })
})

describe('sessions', () => {
  it('are shared by all processes on a store, and survive a restart', async () => {
    const { setting } = await withAda()
    await using first = await startInProcess(setting)
    await using second = await startInProcess(setting)
    await signIn(first.visitor)
    for (const [name, value] of first.visitor.cookies) second.visitor.cookies.set(name, value)
    expect(await isSignedIn(second.visitor)).toBe(true)
    await second.visitor.submit(await second.visitor.get('/sign-out'), {})
    expect(await isSignedIn(first.visitor)).toBe(false)
  })

  it('survive a new secret while the old one is listed after it', async () => {
    const { setting } = await withAda()
    const [before, after] = ['b'.repeat(32), 'a'.repeat(32)]
    await using old = await startInProcess({ ...setting, sessionSecrets: [before] })
    await signIn(old.visitor)
    const survives = async (sessionSecrets: string[]) => {
      await using provider = await startInProcess({ ...setting, sessionSecrets })
      for (const [name, value] of old.visitor.cookies) provider.visitor.cookies.set(name, value)
      const isValid = await isSignedIn(provider.visitor)
      return isValid
    }
    expect(await survives([after, before])).toBe(true)
    expect(await survives([after])).toBe(false)
  })

  it('end with a new sign-in: a copy of the earlier cookie is worthless', async () => {
    const { setting } = await withAda()
    await using provider = await startInProcess(setting)
    const { visitor } = provider
    await signIn(visitor)
    const copy = visitor.copy()
    // The page asks for the password again if the sign-in is older than `since`.
    const path = `/sign-in?since=${Date.now() + 60_000}`
    await visitor.submit(await visitor.get(path), ada)
    expect([await isSignedIn(visitor), await isSignedIn(copy)]).toEqual([true, false])
  })

  it('end when the password changes', async () => {
    const { setting } = await withAda()
    await using provider = await startInProcess(setting)
    await signIn(provider.visitor)
    await setPassword(setting.store, ada.username, 'another password')
    expect(await isSignedIn(provider.visitor)).toBe(false)
  })

  it('end with the user, even if a new user has the same name', async () => {
    const { setting, user } = await withAda()
    await using provider = await startInProcess(setting)
    await signIn(provider.visitor)
    expect((await provider.visitor.get('/admin')).status).toBe(200)
    await deleteUser(setting.store, user.username)
    await createUser(setting.store, ada)
    expect((await provider.visitor.get('/admin')).location?.pathname).toBe('/sign-in')
  })
})

describe('a message that is shown once', () => {
  it('is shown by another process, and its secret is not readable in the store', async () => {
    const { setting } = await withAda()
    const records: string[] = []
    const store = new Proxy(setting.store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          if (name === 'addRecord') records.push(JSON.stringify(args))
          return Reflect.apply(member, target, args) as unknown
        }
      },
    })
    await using first = await startInProcess({ ...setting, store })
    await using second = await startInProcess(setting)
    await signIn(first.visitor)
    const { location } = await first.visitor.submit(await first.visitor.get('/admin/new'), {
      name: 'Album',
      type: 'confidential',
      grantTypes: ['client_credentials'],
    })
    for (const [name, value] of first.visitor.cookies) second.visitor.cookies.set(name, value)
    const { html } = await second.visitor.get(location!.pathname + location!.search)
    const [, secret = 'none'] = /<code id="secret">([0-9a-f]{64})<\/code>/.exec(html) ?? []
    expect(secret).toHaveLength(64)
    expect(records.length).toBeGreaterThan(1)
    expect(records.join()).not.toContain(secret)
    expect((await first.visitor.get(location!)).html).not.toContain(secret)
  })
})

describe('a second click, after which the browser closes the first connection', () => {
  it('creates one client, and redirects to it', async () => {
    const { setting } = await withAda()
    const progress = new EventEmitter()
    const [started, clicked] = ['started', 'clicked'].map((name) => once(progress, name))
    const store: UserStore = {
      ...setting.store,
      async createClient(client) {
        progress.emit('started')
        await clicked
        return setting.store.createClient(client)
      },
    }
    await using provider = await startInProcess({ ...setting, store })
    const { visitor } = provider
    await signIn(visitor)
    const form = await visitor.get('/admin/new')
    const fields = { name: 'Album', type: 'confidential', grantTypes: ['client_credentials'] }
    provider.server.once('request', (_req, res: ServerResponse) => {
      res.once('close', () => progress.emit('closed'))
    })
    const closed = once(progress, 'closed')
    const abort = new AbortController()
    const first = visitor.submit(form, fields, form.url, abort.signal).catch(() => null)
    await started
    abort.abort()
    await Promise.all([first, closed])
    const second = visitor.submit(form, fields)
    progress.emit('clicked')
    expect((await second).location?.pathname).toBe('/admin/client')
    expect(await setting.store.listClients({ limit: 9 })).toHaveLength(1)
  })
})

describe('errors', () => {
  it.each(['/sign-in', '/oauth/authorize?client_id=a', '/apps', '/'])(
    '%s: a store that is away is a page with 503, and is logged with its cause',
    async (path) => {
      const { setting } = await withAda()
      await using before = await startInProcess(setting)
      await signIn(before.visitor)
      await using provider = await startInProcess({ ...setting, store: broken(setting.store) })
      for (const [name, value] of before.visitor.cookies) provider.visitor.cookies.set(name, value)
      const { status, headers, html } = await provider.visitor.get(path)
      expect([status, headers.get('retry-after')]).toEqual([503, '5'])
      expect(textOf(html)).toContain('Not possible right now')
      const [entry] = provider.log
      expect(entry?.details.stack).toMatch(/Query failed[^]*caused by: .*connect ECONNREFUSED/)
      expect(JSON.stringify(provider.log)).not.toContain('a-secret')
    },
  )

  it('a password cannot be checked: the page has 503', async () => {
    const { setting } = await withAda()
    await using provider = await startInProcess({ ...setting, store: broken(setting.store) })
    const { status } = await signIn(provider.visitor)
    expect(status).toBe(503)
  })

  it('a form that is too large: the page says so', async () => {
    await using provider = await startInProcess(demoSetting())
    const { visitor } = provider
    const form = await visitor.get('/sign-in')
    const { status, html } = await visitor.submit(form, { username: 'x'.repeat(1 << 16) })
    expect(status).toBe(413)
    expect(textOf(html)).toContain('The form is too large')
    expect(textOf(html)).not.toContain('open for too long')
  })

  it('a consent hook that throws is logged with its stack', async () => {
    const { setting } = await withAda()
    const scopes = new Proxy(setting.scopes, {
      get() {
        throw new Error('in the hook', { cause: new Error('the reason') })
      },
    })
    await using provider = await startInProcess({ ...setting, scopes })
    const { visitor } = provider
    await createClient(setting.store, {
      id: 'web',
      type: 'public',
      redirectUris: ['https://client.example/callback'],
      grantTypes: ['authorization_code'],
      scopes: null,
    })
    await signIn(visitor)
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'web',
      redirect_uri: 'https://client.example/callback',
      scope: 'profile',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    const { location } = await visitor.get(`/oauth/authorize?${query.toString()}`)
    expect(location?.searchParams.get('error')).toBe('server_error')
    expect(provider.log).toHaveLength(1)
    expect(provider.log[0]?.details.stack).toMatch(/in the hook[^]*caused by: .*the reason/)
  })
})
