import { createHash, randomUUID } from 'node:crypto'
import {
  type ImportReport,
  type ImportRow,
  type ImportedGrant,
  type Store,
  deleteClient,
  deleteUser,
  importGrants,
  purge,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { passwords } from '../support/quick-passwords'

const expiryMs = 3_600_000
/** A clock that is a month ahead. */
const later = () => Date.now() + 30 * 24 * expiryMs
const expiry = () => new Date(Date.now() + expiryMs)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** A row of each kind, with random ids. */
function someRows() {
  const id = randomUUID()
  const grant = { kind: 'grant', clientId: `client-${id}`, userId: `user-${id}` } as const
  const rows: ImportRow[] = [
    { kind: 'client', id: `client-${id}`, secret: 'a chosen secret', grantTypes: ['password'] },
    { kind: 'user', id: `user-${id}`, username: `name-${id}`, password: 'a long password' },
    {
      ...grant,
      accessToken: `a1-${id}`,
      accessTokenExpiresAt: expiry(),
      refreshToken: `r1-${id}`,
      refreshTokenExpiresAt: null,
    },
    { ...grant, accessToken: `a2-${id}`, accessTokenExpiresAt: expiry() },
    { ...grant, refreshToken: `r3-${id}`, refreshTokenExpiresAt: expiry() },
  ]
  const tokens = [`a1-${id}`, `r1-${id}`, `a2-${id}`, `r3-${id}`]
  return { rows, tokens, clientId: `client-${id}`, username: `name-${id}`, userId: `user-${id}` }
}

function run(store: Store, rows: ImportRow[]): Promise<ImportReport> {
  return importGrants(store, rows, { passwords, concurrency: 3 })
}

function sumOf(reports: ImportReport[], name: 'created' | 'alreadyThere' | 'skipped'): number {
  return reports
    .flatMap(({ clients, users, grants }) => [clients, users, grants])
    .reduce((sum, counts) => sum + counts[name], 0)
}

/** Resolves with the tokens that the store accepts. */
async function usable(store: Store, tokens: string[]): Promise<string[]> {
  const found = await Promise.all(tokens.map((token) => store.find(sha256(token))))
  return tokens.filter((_, at) => found[at] !== null)
}

function dead(): Promise<never> {
  return Promise.reject(new Error('killed'))
}

/** A store whose process is killed at the write with this number, before or after it is done. */
function dyingStore(store: Store, at: number, isDone: boolean) {
  const writes = ['createClient', 'createUser', 'addRecord', 'issue', 'extend', 'revoke']
  let count = 0
  return new Proxy({} as Store, {
    has: (_, name) => name in store,
    get(_, name) {
      const member: unknown = Reflect.get(store, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]): Promise<unknown> => {
        if (count >= at) return dead()
        if (!writes.includes(String(name))) return Reflect.apply(member, store, args) as unknown
        const isLast = ++count === at
        const result: unknown =
          !isLast || isDone ? await Reflect.apply(member, store, args) : undefined
        return isLast ? dead() : result
      }
    },
  })
}

/** A store with a client, and rows with the access token, the refresh token, or both. */
async function someTokens() {
  const store = memoryStore()
  const { rows, tokens } = someRows()
  const { refreshToken, refreshTokenExpiresAt, ...access } = rows[2] as ImportedGrant
  const { accessToken: _, accessTokenExpiresAt: __, ...refresh } = rows[2] as ImportedGrant
  await run(store, rows.slice(0, 2))
  return {
    store,
    both: { ...access, refreshToken, refreshTokenExpiresAt } as ImportRow,
    access: access as ImportRow,
    refresh: refresh as ImportRow,
    tokens: tokens.slice(0, 2),
  }
}

describe('importGrants(), repeated', () => {
  it('changes nothing', async () => {
    const store = memoryStore()
    const { rows, tokens, clientId } = someRows()
    const first = await run(store, rows)
    expect([sumOf([first], 'created'), first.failed]).toEqual([5, 0])
    const grants = (await store.listGrants({ clientId }, { limit: 100 })).grants
    const second = await run(store, rows)
    expect([sumOf([second], 'alreadyThere'), second.failed]).toEqual([5, 0])
    expect((await store.listGrants({ clientId }, { limit: 100 })).grants).toEqual(grants)
    expect(grants).toHaveLength(3)
    expect(await usable(store, tokens)).toEqual(tokens)
  })

  it('counts duplicates in one run as there already', async () => {
    const { rows } = someRows()
    const report = await run(memoryStore(), [...rows, ...rows, ...rows])
    expect([sumOf([report], 'created'), sumOf([report], 'alreadyThere')]).toEqual([5, 10])
  })

  it.each<[string, (store: Store, given: ReturnType<typeof someRows>) => Promise<unknown>]>([
    ['the grants are revoked', (store, { clientId }) => store.revoke({ clientId })],
    ['the client is deleted', (store, { clientId }) => deleteClient(store, clientId)],
    ['the user is deleted', (store, { username }) => deleteUser(store, username)],
  ])('does not bring back tokens after %s', async (_what, end) => {
    const store = memoryStore()
    const given = someRows()
    await run(store, given.rows)
    await end(store, given)
    const before = await Promise.all([store.getClient(given.clientId), store.getUser(given.userId)])
    const report = await run(store, given.rows)
    expect([sumOf([report], 'created'), report.failed]).toEqual([0, 0])
    expect(report.grants.skipped).toBe(3)
    expect(await usable(store, given.tokens)).toEqual([])
    expect(
      await Promise.all([store.getClient(given.clientId), store.getUser(given.userId)]),
    ).toEqual(before)
  })

  it('does not bring back an access token that was revoked alone', async () => {
    const store = memoryStore()
    const { rows, tokens } = someRows()
    await run(store, rows)
    const accessTokens = tokens.filter((token) => token.startsWith('a'))
    for (const token of accessTokens) await store.revokeAccessToken(sha256(token))
    const report = await run(store, rows)
    expect(sumOf([report], 'created')).toBe(0)
    expect(await usable(store, accessTokens)).toEqual([])
  })

  it('does not bring back a refresh token that was redeemed, also after a purge', async () => {
    const store = memoryStore()
    const { rows, tokens } = someRows()
    await run(store, rows)
    const old = await store.find(sha256(tokens[1]!))
    const successor = { ...old!, hash: sha256(randomUUID()) }
    await store.redeem(old!, [successor])
    await purge(store, { retentionSeconds: 0 })
    expect(sumOf([await run(store, rows)], 'created')).toBe(0)
    expect(await store.redeem(old!, [{ ...old!, hash: sha256(randomUUID()) }])).toEqual({
      status: 'replayed',
    })
  })

  it('leaves tokens alone that the server has issued itself', async () => {
    const store = memoryStore()
    const { rows, tokens, clientId, userId } = someRows()
    await run(store, rows.slice(0, 2))
    const grant = {
      id: randomUUID(),
      clientId,
      userId,
      createdAt: Date.now(),
      data: '{"scope":""}',
    }
    const credentials = tokens.slice(0, 2).map((token, at) => ({
      hash: sha256(token),
      kind: at === 0 ? ('access' as const) : ('refresh' as const),
      createdAt: grant.createdAt,
      expiresAt: null,
      data: grant.data,
    }))
    await store.issue(grant, credentials, {})
    for (let round = 0; round < 2; round++)
      expect((await run(store, [rows[2]!])).grants.alreadyThere).toBe(1)
    const { grants } = await store.listGrants({ clientId }, { limit: 10 })
    expect(grants.map(({ id }) => id)).toEqual([grant.id])
  })
})

describe('importGrants(), the same tokens in other rows', () => {
  it('an access token whose grant was revoked does not come back alone', async () => {
    for (const part of ['access', 'refresh'] as const) {
      const { store, both, tokens, ...rows } = await someTokens()
      await run(store, [both])
      const { grant } = (await store.find(sha256(tokens[0]!)))!
      await store.revoke({ grantId: grant.id })
      expect((await run(store, [rows[part]])).grants).toMatchObject({ created: 0, skipped: 1 })
      expect(await usable(store, tokens)).toEqual([])
    }
  })

  it('an access token that was revoked alone does not come back with its refresh token', async () => {
    const { store, both, access, tokens } = await someTokens()
    await run(store, [access])
    await store.revokeAccessToken(sha256(tokens[0]!))
    for (const grants of [{ created: 1 }, { alreadyThere: 1 }])
      expect((await run(store, [both])).grants).toMatchObject(grants)
    expect(await usable(store, tokens)).toEqual(tokens.slice(1))
    expect((await run(store, [access])).grants).toMatchObject({ skipped: 1 })
  })

  it('a refresh token joins the grant of its access token', async () => {
    const { store, both, access, tokens } = await someTokens()
    await run(store, [access])
    expect((await run(store, [both])).grants).toMatchObject({ created: 1, failed: 0 })
    const [first, second] = await Promise.all(tokens.map((token) => store.find(sha256(token))))
    expect(second?.grant).toEqual(first?.grant)
  })

  it('tokens that were imported apart are there already', async () => {
    const { store, both, access, refresh } = await someTokens()
    await run(store, [access, refresh])
    expect((await run(store, [both])).grants).toMatchObject({ alreadyThere: 1, failed: 0 })
  })

  it.each(
    Array.from({ length: 4 }, (_, at) => at + 1).flatMap((at) => [
      [at, true] as const,
      [at, false] as const,
    ]),
  )('joining is continued after write %d (done: %s)', async (at, isDone) => {
    const { store, both, access, tokens } = await someTokens()
    await run(store, [access])
    await run(dyingStore(store, at, isDone), [both]).catch(() => {})
    expect((await run(store, [both])).failed).toBe(0)
    expect(await usable(store, tokens)).toEqual(tokens)
  })

  it('runs at the same time add each token once', async () => {
    for (let round = 0; round < 20; round++) {
      const { store, both, access, refresh, tokens } = await someTokens()
      const given = [both, access, refresh, both, access, refresh]
      const reports = await Promise.all(given.map((row) => run(store, [row])))
      expect(reports.map(({ failures }) => failures).flat()).toEqual([])
      expect(await usable(store, tokens)).toEqual(tokens)
    }
  })

  it('no text that contains the id of a grant is a token', async () => {
    const { store, access, tokens } = await someTokens()
    await run(store, [access])
    const { grant } = (await store.find(sha256(tokens[0]!)))!
    expect(await store.find(sha256(`imported ${grant.id}`))).toBeNull()
  })

  it.each([3, 4, 5])(
    'a row with another owner fails after write %d, and adds nothing',
    async (at) => {
      const { store, both, access, tokens } = await someTokens()
      await run(dyingStore(store, at, true), [both]).catch(() => {})
      const before = await usable(store, tokens)
      const { failures } = await run(store, [{ ...access, userId: 'another' } as ImportRow])
      expect(failures[0]?.reason).toContain('with another client or user')
      expect(await usable(store, tokens)).toEqual(before)
    },
  )

  it('a later expiry in a later row does not bring a token back', async () => {
    const { store, both, tokens } = await someTokens()
    const soon = { ...both, refreshTokenExpiresAt: expiry() } as ImportRow
    await run(store, [soon])
    const old = await store.find(sha256(tokens[1]!))
    await store.redeem(old!, [{ ...old!, hash: sha256(randomUUID()), expiresAt: null }])
    await purge(store, { retentionSeconds: 0, now: later })
    const { grants } = await importGrants(
      store,
      [{ ...both, accessTokenExpiresAt: null } as ImportRow],
      { passwords, now: later },
    )
    expect(grants).toMatchObject({ created: 0, skipped: 1 })
    expect(await usable(store, tokens)).toEqual([])
  })
})

describe('importGrants(), interrupted', () => {
  const steps = Array.from({ length: 16 }, (_, at) => at + 1)

  it.each(steps.flatMap((at) => [[at, 'before'] as const, [at, 'after'] as const]))(
    'at write %d, %s it is done: the next run continues',
    async (at, when) => {
      const store = memoryStore()
      const { rows, tokens, clientId } = someRows()
      const killed = run(dyingStore(store, at, when === 'after'), rows)
      const outcome = await killed.then(
        () => 'ended',
        (error: Error) => error.message,
      )
      expect(['ended', 'killed']).toContain(outcome)
      expect(await run(store, rows)).toMatchObject({ failed: 0 })
      expect(await usable(store, tokens)).toEqual(tokens)
      const third = await run(store, rows)
      expect(sumOf([third], 'alreadyThere')).toBe(5)
      // Once they are revoked, they stay so.
      await store.revoke({ clientId })
      await run(store, rows)
      expect(await usable(store, tokens)).toEqual([])
    },
  )

  it.each(steps.flatMap((at) => [[at, 'before'] as const, [at, 'after'] as const]))(
    'at write %d, %s it is done: what was usable and is revoked does not come back',
    async (at, when) => {
      const store = memoryStore()
      const { rows, tokens, clientId } = someRows()
      await run(dyingStore(store, at, when === 'after'), rows).catch(() => {})
      const before = await usable(store, tokens)
      await store.revoke({ clientId })
      await run(store, rows)
      const after = await usable(store, tokens)
      expect(after.filter((token) => before.includes(token))).toEqual([])
    },
  )

  it('by a store that is away: rejects with its error', async () => {
    const { rows } = someRows()
    const away = dyingStore(memoryStore(), 1, false)
    await expect(run(away, rows)).rejects.toThrow('killed')
  })

  it('by a store that fails on one row only: reports this row', async () => {
    const store = memoryStore()
    const { rows } = someRows()
    const tooLong = Object.assign(new Error("Data too long: 'a long password'"), {
      code: 'ER_1406',
    })
    const failing = { ...store, createUser: () => Promise.reject(tooLong) }
    const report = await run(failing, rows)
    expect(report.failures).toEqual([
      {
        row: 2,
        reason: 'The store failed on this row (ER_1406): see its error, and run the import again',
        cause: tooLong,
      },
    ])
    expect(sumOf([report], 'created')).toBe(4)
  })

  it('by a store that fails on every row: rejects after some rows', async () => {
    const full = { ...memoryStore(), createClient: () => Promise.reject(new Error('disk full')) }
    let read = 0
    function* rows(): Generator<ImportRow> {
      for (; read < 10_000; read++)
        yield { kind: 'client', id: `c${read}`, type: 'public', grantTypes: ['password'] }
    }
    await expect(importGrants(full, rows())).rejects.toThrow('disk full')
    expect(read).toBeLessThan(100)
  })
})

describe('importGrants(), several at once', () => {
  it('creates each row once', async () => {
    const store = memoryStore()
    const given = Array.from({ length: 20 }, someRows)
    const rows = given.flatMap((one) => one.rows)
    const reports = await Promise.all(Array.from({ length: 8 }, () => run(store, rows)))
    expect(reports.map(({ failed }) => failed)).toEqual(Array.from({ length: 8 }, () => 0))
    expect(sumOf(reports, 'created')).toBe(100)
    for (const { clientId, tokens } of given) {
      expect(await usable(store, tokens)).toEqual(tokens)
      expect((await store.listGrants({ clientId }, { limit: 100 })).grants).toHaveLength(3)
    }
  })
})
