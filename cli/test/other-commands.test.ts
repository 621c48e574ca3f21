import { createClient, createUser } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { command, json } from './support/command-line'

const hour = 3_600_000

/** Returns a store with a grant of ada at album: one access token, which expires at that time. */
async function withGrant(expiresAt = Date.now() + hour) {
  const store = memoryStore()
  const grant = { id: 'g1', clientId: 'album', userId: 'ada', createdAt: 1, data: '{}' }
  const hash = 'a'.repeat(64)
  await store.issue(grant, [{ hash, kind: 'access', createdAt: 1, expiresAt, data: '{}' }], {})
  return { store, isThere: async () => (await store.find(hash)) !== null }
}

describe('revoke', () => {
  it.each([
    ['--user ada', 1],
    ['--client album', 1],
    ['--grant g1', 1],
    ['--user ada --client album', 1],
    ['--user bob', 0],
  ])('%s: revokes %d grants', async (options, revoked) => {
    const { store, isThere } = await withGrant()
    expect(await json(['revoke', ...options.split(' ')], { store })).toEqual({ revoked })
    expect(await isThere()).toBe(revoked === 0)
  })

  it('without --json prints the number of grants', async () => {
    const { store } = await withGrant()
    const { stdout } = await command(['revoke', '--user', 'ada'], { store })
    expect(stdout).toBe('Grants revoked: 1\n')
  })

  it.each<[string[], string]>([
    [[], 'nothing to revoke: use --user, --client, both of them, or --grant'],
    [['--grant', 'g1', '--user', 'ada'], "--grant can't be combined with --user or --client"],
    [['--grant', 'g1', '--client', 'album'], "--grant can't be combined with --user or --client"],
    [['--user', ''], '--user must not be empty'],
    [['--client', 'a'.repeat(256)], '--client must have at most 255 characters'],
  ])('%.40j: exits with 2, and revokes nothing', async (options, message) => {
    const { store, isThere } = await withGrant()
    const { code, stderr } = await command(['revoke', ...options], { store })
    expect([code, stderr]).toEqual([2, `oauth2-kit: ${message}\n`])
    expect(await isThere()).toBe(true)
  })
})

describe.each(['revoke', 'grant list'])('%s, without a grant', (name) => {
  it('names the id if --user has a username', async () => {
    const store = memoryStore()
    const { id } = await createUser(store, { username: 'eve', password: 'a long password' })
    const { code, stderr } = await command([...name.split(' '), '--user', 'eve'], { store })
    expect([code, stderr]).toEqual([
      2,
      `oauth2-kit: --user takes an id, and "eve" is a username: use --user ${id}\n`,
    ])
  })

  it('says so if there is no such client', async () => {
    const { store } = await withGrant()
    const { code, stderr } = await command([...name.split(' '), '--client', 'other\u001b'], {
      store,
    })
    expect(code).toBe(2)
    expect(stderr).toBe('oauth2-kit: --client: there is no client with the id "other\ufffd"\n')
  })
})

describe('purge', () => {
  it.each([
    ['', 0],
    ['--retention 1800', 1],
    ['--retention 0 --batch 1', 1],
  ])('with %p: removes %d entries that expired 59 minutes ago', async (options, deleted) => {
    const { store } = await withGrant(Date.now() - hour + 60_000)
    const argv = ['purge', ...options.split(' ').filter(Boolean)]
    expect(await json(argv, { store })).toEqual({ deleted })
  })

  it('--unused-clients: removes clients that registered themselves and were not used', async () => {
    const store = memoryStore()
    const { client } = await createClient(store, { type: 'public', redirectUris: ['https://a.b/'] })
    const registration = { method: 'dynamic', issuedAt: Date.now() - 2 * hour } as const
    await store.updateClient({ ...client, version: '2', registration }, client.version)
    const unused = ['purge', '--unused-clients']
    expect(await json([...unused, '8000'], { store })).toEqual({ deleted: 0 })
    expect(await json([...unused, '7000'], { store })).toEqual({ deleted: 1 })
    const { code, stderr } = await command([...unused, '60'], { store })
    expect([code, stderr]).toEqual([
      2,
      'oauth2-kit: --unused-clients must be a number of seconds, 3600 or more\n',
    ])
  })

  it('without --json prints the number of entries', async () => {
    const { store } = await withGrant(1)
    expect((await command(['purge'], { store })).stdout).toBe('Entries removed: 1\n')
  })

  it.each([
    ['--batch', '0', '--batch must be a whole number, 1 or more'],
    ['--batch', 'many', '--batch must be a number'],
    [
      '--retention',
      '-1',
      '"--retention" needs a value: write "--retention=-1" if it begins with a dash; see oauth2-kit purge --help',
    ],
    ['--retention', '1h', '--retention must be a number'],
  ])('%s %s: exits with 2', async (option, value, message) => {
    const { store, isThere } = await withGrant(1)
    const { code, stderr } = await command(['purge', option, value], { store })
    expect([code, stderr]).toEqual([2, `oauth2-kit: ${message}\n`])
    expect(await isThere()).toBe(true)
  })

  it('exits with 1 if the store fails, and prints its message without its stack', async () => {
    const store = { ...memoryStore(), purge: () => Promise.reject(new Error('The disk is full')) }
    const { code, stderr } = await command(['purge'], { store })
    expect([code, stderr]).toEqual([1, 'oauth2-kit: The disk is full\n'])
  })
})

describe('check', () => {
  const finding = { problem: 'An index is missing', fix: 'Run the migration' }

  it('exits with 0 if nothing is wrong', async () => {
    const { code, stdout } = await command(['check'], { store: memoryStore() })
    expect([code, stdout]).toEqual([0, 'No problems found.\n'])
  })

  it('exits with 1, and prints the problems and their fixes', async () => {
    const store = { ...memoryStore(), check: async () => [finding] }
    const table = await command(['check'], { store })
    expect([table.code, table.stderr]).toEqual([1, ''])
    expect(table.stdout).toMatch(/^An index is missing +Run the migration$/m)
    const { code, stdout } = await command(['check', '--json'], { store })
    expect([code, JSON.parse(stdout)]).toEqual([1, [finding]])
  })
})
