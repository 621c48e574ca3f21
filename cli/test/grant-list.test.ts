import { memoryStore } from '@oauth2-kit/memory'
import { aCredential, aGrant } from '@oauth2-kit/testing'
import { command, json } from './support/command-line'

const secret = 'a token of another service'
const until = Date.parse('2030-01-02T03:04:05.000Z')
const data = JSON.stringify({
  scope: 'profile email',
  resource: ['https://api.example'],
  until,
  consented: true,
  metadata: { secret },
})

/** Returns a store with that many grants of ada at album, and one of bob at other. */
async function withGrants(count: number) {
  const store = memoryStore()
  const [grants, hashes]: [string[], string[]] = [[], []]
  for (let n = 0; n < count; n++) {
    const grant = aGrant({ clientId: 'album', userId: 'ada', createdAt: 1_800_000_000_000, data })
    const credential = aCredential()
    await store.issue(grant, [credential], {})
    grants.push(grant.id)
    hashes.push(credential.hash)
  }
  const other = aGrant({ clientId: 'other', userId: 'bob' })
  await store.issue(other, [aCredential()], {})
  return { store, grants, hashes, other: other.id }
}

interface Listed {
  grants: { id: string }[]
  next: string | null
}

describe('grant list', () => {
  it.each([
    ['--user ada', 2],
    ['--client album', 2],
    ['--user ada --client album', 2],
    ['--user bob', 1],
    ['--user nobody', 0],
  ])('%s: lists %d grants', async (options, count) => {
    const { store } = await withGrants(2)
    const { grants, next } = await json<Listed>(['grant', 'list', ...options.split(' ')], { store })
    expect([grants.length, next]).toEqual([count, null])
  })

  it('--grant shows what one grant allows, without its metadata and hashes', async () => {
    const { store, grants, hashes } = await withGrants(1)
    const argv = ['grant', 'list', '--grant', grants[0]!]
    expect(await json<Listed>(argv, { store })).toEqual({
      grants: [
        {
          id: grants[0],
          clientId: 'album',
          userId: 'ada',
          createdAt: '2027-01-15T08:00:00.000Z',
          scope: 'profile email',
          resource: ['https://api.example'],
          until: '2030-01-02T03:04:05.000Z',
        },
      ],
      next: null,
    })
    for (const { stdout } of [
      await command(argv, { store }),
      await command([...argv, '--json'], { store }),
    ]) {
      expect(stdout).toContain('profile email')
      for (const hidden of [secret, hashes[0]!]) expect(stdout).not.toContain(hidden)
    }
  })

  it('prints a table, or says that there is no grant', async () => {
    const { store, grants } = await withGrants(1)
    const some = await command(['grant', 'list', '--user', 'ada'], { store })
    expect(some.stdout.split('\n')).toEqual([
      expect.stringMatching(/^ID +CLIENT +USER +CREATED +SCOPE$/),
      expect.stringMatching(
        new RegExp(`^${grants[0]} +album +ada +2027-01-15T08:00:00.000Z +profile email$`),
      ),
      '',
    ])
    const none = await command(['grant', 'list', '--user', 'nobody'], { store })
    expect(none).toEqual({ code: 0, stdout: 'There are no such grants.\n', stderr: '' })
  })

  it('lists page by page with --limit and --after, each grant once', async () => {
    const { store, grants } = await withGrants(250)
    const found: string[] = []
    let after: string[] = []
    for (let pages = 0; pages < 3; pages++) {
      const argv = ['grant', 'list', '--client', 'album', '--limit', '120', ...after]
      const page = await json<Listed>(argv, { store })
      expect(page.grants).toHaveLength([120, 120, 10][pages]!)
      found.push(...page.grants.map(({ id }) => id))
      if (page.next === null) break
      after = [`--after=${page.next}`]
    }
    expect(found.toSorted()).toEqual(grants.toSorted())
  })

  it('without --limit, lists 100 grants and says how to continue', async () => {
    const { store } = await withGrants(101)
    const { stdout } = await command(['grant', 'list', '--user', 'ada'], { store })
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(102)
    const [, position = ''] = /^There may be more: add (--after=\S+)$/.exec(lines.at(-1)!) ?? []
    const rest = await json<Listed>(['grant', 'list', '--user', 'ada', position], { store })
    expect(rest).toEqual({ grants: [expect.anything()], next: null })
  })

  it('fills a page from the pages of a store that has fewer grants, or none', async () => {
    const grants = [1, 2, 3].map(() => aGrant())
    const pages = [[], [grants[0]], [], [grants[1], grants[2]]]
    const store = {
      ...memoryStore(),
      listGrants: async (_selector: unknown, { after = '0' }: { after?: string }) => ({
        grants: pages[Number(after)] as never[],
        next: Number(after) < 3 ? String(Number(after) + 1) : null,
      }),
    }
    const listed = await json<Listed>(['grant', 'list', '--user', 'ada', '--limit', '3'], { store })
    expect(listed.grants.map(({ id }) => id)).toEqual(grants.map(({ id }) => id))
    expect(listed.next).toBeNull()
  })

  it.each<[string[], string]>([
    [[], 'nothing to list: use --user, --client, both of them, or --grant'],
    [['--grant', 'g1', '--user', 'ada'], "--grant can't be combined with --user or --client"],
    [['--user', ''], '--user must be text of 1 to 255 characters, well-formed and without NUL'],
    [['--user', 'ada', '--limit', '0'], '--limit must be a whole number, 1 or more'],
    [['--user', 'ada', '--limit', '1.5'], '--limit must be a whole number, 1 or more'],
    [['--user', 'ada', '--limit', 'all'], '--limit must be a number'],
  ])('%j: exits with 2', async (options, message) => {
    const { store } = await withGrants(1)
    const { code, stderr } = await command(['grant', 'list', ...options], { store })
    expect([code, stderr]).toEqual([2, `oauth2-kit: ${message}\n`])
  })
})
