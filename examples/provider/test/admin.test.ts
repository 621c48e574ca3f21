import { randomBytes } from 'node:crypto'
import { demo } from './support/flow'
import { type Running, startProvider } from './support/program'
import { type Page, Visitor, textOf } from './support/visitor'

const admin = { ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: 'boss-password' }

let provider: Running
let boss: Visitor

beforeAll(async () => {
  provider = await startProvider(admin)
  boss = await signedIn(admin.ADMIN_USERNAME, admin.ADMIN_PASSWORD)
})

afterAll(() => provider.program.stop())

async function signedIn(username: string, password: string, issuer = provider.url) {
  const visitor = new Visitor(issuer)
  await visitor.submit(await visitor.get('/sign-in?return=/admin'), { username, password })
  return visitor
}

/** Submits the form for a new client: by default, one with the client credentials grant. */
async function create(visitor: Visitor, changes: Record<string, string | string[]> = {}) {
  const fields = {
    name: 'Album',
    type: 'confidential',
    authMethod: 'client_secret_basic',
    grantTypes: ['client_credentials'],
    scopes: 'profile',
    ...changes,
  }
  const answer = await visitor.submit(await visitor.get('/admin/new'), fields)
  const id = answer.location?.searchParams.get('id') ?? ''
  return { answer, id, page: answer.location ? await visitor.get(answer.location) : answer }
}

/** Submits one of the forms on the page of a client. */
async function act(visitor: Visitor, id: string, what: string, fields = {}): Promise<Page> {
  const page = await visitor.get(`/admin/client?${new URLSearchParams({ id }).toString()}`)
  const form = page.html.slice(0, page.html.indexOf(`value="${what}"`))
  return visitor.submit({ ...page, html: form }, { ...fields, do: what })
}

function secretOf({ html }: Page): string | undefined {
  return /<code id="secret">([0-9a-f]{64})<\/code>/.exec(html)?.[1]
}

async function tokenStatus(id: string, secret: string | undefined): Promise<number> {
  const answer = await fetch(`${provider.url}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return answer.status
}

const paths = ['/admin', '/admin/new', `/admin/client?id=${demo.clientId}`]

describe('the pages for clients', () => {
  it.each(paths)('%s: redirects to the sign-in page if no user is signed in', async (path) => {
    const { status, location } = await new Visitor(provider.url).get(path)
    expect([status, location?.pathname]).toEqual([303, '/sign-in'])
    expect(location?.searchParams.get('return')).toBe('/admin')
  })

  it.each(paths)('%s: refuses every request of any other user', async (path) => {
    const visitor = await signedIn(demo.username, demo.password)
    const page = await visitor.get(path)
    expect(page.status).toBe(403)
    expect(textOf(page.html)).toContain('This page is for the administrator')
    const answers = await Promise.all([
      visitor.post(path, { do: 'delete' }),
      visitor.post(path, { name: 'x' }),
    ])
    for (const { status, html } of answers) {
      expect([status, html]).toEqual([403, page.html])
    }
    expect((await visitor.get('/')).html).not.toContain('>Clients</a>')
  })

  it('are refused to every user if no administrator is configured', async () => {
    await using another = await startProvider()
    const visitor = await signedIn(demo.username, demo.password, another.url)
    expect((await visitor.get('/admin')).status).toBe(403)
  })

  it('are open to the demo user if ADMIN_USERNAME names it', async () => {
    await using another = await startProvider({ ADMIN_USERNAME: demo.username })
    const visitor = await signedIn(demo.username, demo.password, another.url)
    expect((await visitor.get('/admin')).status).toBe(200)
  })

  it.each(['/admin/new', `/admin/client?id=${demo.clientId}`])(
    '%s: refuses a form sent by another site',
    async (path) => {
      const visitor = boss
      const page = await visitor.post(path, { do: 'delete', name: 'x', grantTypes: 'password' })
      expect(page.status).toBe(403)
      expect(textOf(page.html)).toContain('This page has expired')
      expect((await visitor.get(`/admin/client?id=${demo.clientId}`)).status).toBe(200)
    },
  )
})

describe('a new client', () => {
  it('has a secret that is shown once and valid at the token endpoint', async () => {
    const visitor = boss
    const { id, page } = await create(visitor)
    const secret = secretOf(page)
    expect(await tokenStatus(id, secret)).toBe(200)
    const again = await visitor.get(page.url)
    expect(again.status).toBe(200)
    expect(again.html).not.toContain(secret)
    expect(provider.program.output).not.toContain(secret)
    expect(textOf((await visitor.get('/admin')).html)).toContain(id)
  })

  it('that is public has no secret', async () => {
    const redirectUris = 'https://album.example.com/callback'
    const changes = { type: 'public', redirectUris, grantTypes: ['authorization_code'] }
    const { page, id } = await create(boss, changes)
    expect(secretOf(page)).toBeUndefined()
    expect(page.html).not.toContain('value="rotate"')
    const rotated = await act(boss, id, 'rotate')
    expect(rotated.status).toBe(303)
  })

  it('is created once, and its secret is shown, if the button is clicked twice', async () => {
    const visitor = boss
    const form = await visitor.get('/admin/new')
    const name = randomBytes(8).toString('hex')
    const fields = { name, type: 'confidential', authMethod: 'client_secret_basic' }
    const grantTypes = ['client_credentials']
    const clicks = await Promise.all(
      [1, 2].map(() => visitor.submit(form, { ...fields, grantTypes })),
    )
    const [first, second] = clicks.map(({ location }) => location?.href)
    expect(first).toBe(second)
    expect(secretOf(await visitor.get(first ?? ''))).toBeDefined()
    const list = await visitor.get('/admin')
    expect(list.html.split(name)).toHaveLength(2)
  })

  it('may have any id that the core accepts, and is found by it', async () => {
    const visitor = boss
    for (const id of ['..', '/', 'a?b=c&d#e', `"><script>${randomBytes(4).toString('hex')}`]) {
      const { page } = await create(visitor, { id })
      expect([id, page.status, textOf(page.html).includes('is registered')]).toEqual([
        id,
        200,
        true,
      ])
      expect(page.html).not.toContain('<script')
    }
  })

  it.each([
    // The mistake, the input, the label of the field, and the message.
    ['an id that exists', { id: demo.clientId }, 'Id', 'There is a client with this id already.'],
    ['an id that clients could not send', { id: 'é' }, 'Id', '“Id” must be printable ASCII'],
    ['no redirect URI', { grantTypes: ['authorization_code'] }, 'Redirect URIs', 'is empty'],
    ['a bad URI', { redirectUris: 'javascript:alert(1)' }, 'Redirect URIs', 'which has a scheme'],
    ['a bad scope', { scopes: 'a"b' }, 'Scopes', 'which is not a valid scope'],
    ['a forbidden grant', { type: 'public' }, 'Grant types', 'of a public client cannot include'],
    ['no type', { type: 'other' }, 'Type', "must be 'confidential' or 'public'"],
    ['no method', { authMethod: 'other' }, 'Secret is sent', 'client_secret_basic'],
  ])('with %s: shows the error next to the field, and keeps the input', async (...row) => {
    const [, changes, label, text] = row
    const { answer } = await create(boss, { name: 'kept "name"', ...changes })
    expect(answer.status).toBe(422)
    const [, problem = ''] = /id="problem" role="alert">(.*?)<\/p>/.exec(answer.html) ?? []
    expect(textOf(problem)).toContain(text)
    const before = answer.html.slice(0, answer.html.indexOf('id="problem"'))
    expect([...before.matchAll(/<(?:label|legend).*?>(.*?)</g)].at(-1)?.[1]).toBe(label)
    expect(answer.html).toContain('value="kept &#34;name&#34;"')
    expect(secretOf(answer)).toBeUndefined()
  })
})

describe('a client', () => {
  it('is changed, and keeps its secret', async () => {
    const visitor = boss
    const { id, page } = await create(visitor)
    const uris = ['https://album.example.com/a', 'https://album.example.com/b']
    const changed = await act(visitor, id, 'save', {
      name: 'Photos',
      redirectUris: ` ${uris.join('\r\n')}\r\n`,
      grantTypes: ['client_credentials', 'authorization_code'],
      anyScope: 'on',
      authMethod: 'client_secret_basic',
    })
    const saved = await visitor.get(changed.location ?? '')
    expect(textOf(saved.html)).toContain('The changes are saved.')
    expect(textOf(saved.html)).toContain(uris.join('\n'))
    expect(saved.html).toMatch(/name="anyScope" checked/)
    expect(await tokenStatus(id, secretOf(page))).toBe(200)
  })

  it('is not changed by an invalid form, which shows the mistake', async () => {
    const visitor = boss
    const { id } = await create(visitor)
    const refused = await act(visitor, id, 'save', {
      redirectUris: 'ftp://x',
      grantTypes: ['client_credentials'],
      authMethod: 'client_secret_basic',
    })
    expect(refused.status).toBe(422)
    expect(textOf(refused.html)).toContain('“Redirect URIs” has "ftp://x"')
    expect((await act(visitor, id, 'revoke')).status).toBe(303)
  })

  it('gets a new secret, and the old one is refused from then on', async () => {
    const visitor = boss
    const { id, page } = await create(visitor)
    const { location } = await act(visitor, id, 'rotate')
    const secret = secretOf(await visitor.get(location ?? ''))
    expect(await tokenStatus(id, secretOf(page))).toBe(401)
    expect(await tokenStatus(id, secret)).toBe(200)
  })

  it('is deleted, and its page returns 404', async () => {
    const visitor = boss
    const { id, page } = await create(visitor)
    const { location } = await act(visitor, id, 'delete')
    expect(textOf((await visitor.get(location ?? '')).html)).toContain('Album is deleted')
    expect(await tokenStatus(id, secretOf(page))).toBe(401)
    expect((await visitor.get(page.url)).status).toBe(404)
  })

  it.each(['', '?id=', '?id=nobody', '?id=a&id=b', `?id=${'x'.repeat(300)}`, '?id=%00'])(
    '%j: returns 404',
    async (query) => {
      expect((await boss.get(`/admin/client${query}`)).status).toBe(404)
    },
  )
})

it('a long list of clients is split into pages', async () => {
  await using another = await startProvider(admin)
  const visitor = await signedIn(admin.ADMIN_USERNAME, admin.ADMIN_PASSWORD, another.url)
  const form = await visitor.get('/admin/new')
  // Without form_id, which detects a double click: one form creates many clients here.
  const html = form.html.replaceAll('form_id', 'other')
  const ids = Array.from({ length: 48 }, (_, number) => `client-${number}`)
  const fields = { type: 'confidential', authMethod: 'client_secret_basic', grantTypes: 'password' }
  await Promise.all(ids.map((id) => visitor.submit({ ...form, html }, { ...fields, id })))
  const first = await visitor.get('/admin')
  const [, next = ''] = /href="(\/admin\?after=[^"]*)"/.exec(first.html) ?? []
  const second = await visitor.get(next)
  const counts = [first, second].map((page) => page.html.split('<li>').length - 1)
  expect(counts).toEqual([50, 1])
})
