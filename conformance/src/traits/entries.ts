import type { Client, Page, Store, User } from '@oauth2-kit/core'
import { awaitedLater, equal, holds } from '../expect'
import { aClient, aUser, aVersion, anId } from '../given'
import type { CaseOf } from '../group'
import { inTurns } from '../in-turns'
import { richClients, richUsers } from '../rich'

type Entry = Client | User

/** The methods of a store for clients or for users: both are kept in the same way. */
interface Entries {
  create: (store: Store, entry: never) => Promise<unknown>
  update: (store: Store, entry: never, version: string) => Promise<unknown>
  /** Every look-up that finds the entry, by the name of its method. */
  lookUps: Record<string, (store: Store, entry: never) => Promise<unknown>>
  remove: (store: Store, id: string) => Promise<unknown>
  list: (store: Store, page: Page) => Promise<Entry[]>
  make: (differences?: { id?: string }) => Entry
  /** Entries that use every member, with values that are easily changed. */
  rich: () => Entry[]
}

const kinds: Record<'client' | 'user', Entries> = {
  client: {
    create: (store, client: Client) => store.createClient(client),
    update: (store, client: Client, version) => store.updateClient(client, version),
    lookUps: { getClient: (store, { id }: Client) => store.getClient(id) },
    remove: (store, id) => store.deleteClient(id),
    list: (store, page) => store.listClients(page),
    make: aClient,
    rich: richClients,
  },
  user: {
    create: async (store, user: User) => store.createUser?.(user),
    update: async (store, user: User, version) => store.updateUser?.(user, version),
    lookUps: {
      getUser: async (store, { id }: User) => store.getUser?.(id),
      getUserByUsername: async (store, { username }: User) => store.getUserByUsername?.(username),
    },
    // The mark of a user ends at once, so that the id can be used again after a purge.
    remove: async (store, id) => store.deleteUser?.(id, 0),
    list: async (store, page) => store.listUsers?.(page) ?? [],
    make: aUser,
    rich: richUsers,
  },
}

const manyEntries = 1100
const pageSize = 500

/** Returns the cases that are the same for clients and for users. */
export function entries(
  noun: 'client' | 'user',
): Record<'values' | 'list' | 'order' | 'many' | 'gone' | 'again' | 'race' | 'everywhere', CaseOf> {
  const { create, update, lookUps, remove, list, make, rich } = kinds[noun]
  const Noun = noun === 'client' ? 'Client' : 'User'
  const needs = noun === 'user' ? (['users'] as const) : []

  async function creates(store: Store, entry: Entry): Promise<void> {
    equal(await create(store, entry as never), true, `create${Noun}() of a new id`)
  }

  async function updates(store: Store, entry: Entry, version: string): Promise<void> {
    equal(await update(store, entry as never, version), true, `update${Noun}()`)
  }

  /** Fails unless every look-up of the entry returns that. */
  async function finds(store: Store, entry: Entry, wanted: Entry | null, when: string) {
    for (const [name, lookUp] of Object.entries(lookUps))
      equal(await lookUp(store, entry as never), wanted, `${name}() ${when}`)
  }

  /** Reads the pages from `prefix` on, as far as the ids start with it. */
  async function pages(store: Store, prefix: string, limit: number): Promise<Entry[]> {
    const listed: Entry[] = []
    for (let after = prefix, read = 0; ; read++) {
      holds(read <= manyEntries, `The pages of list${Noun}s() never end`)
      const page = await list(store, { after, limit })
      holds(
        page.length <= limit,
        `list${Noun}s() returned ${page.length} entries for a page with a limit of ${limit}`,
      )
      const ours = page.filter(({ id }) => id.startsWith(prefix))
      listed.push(...ours)
      const last = page.at(-1)
      if (!last || ours.length < page.length) return listed
      holds(last.id > after, `list${Noun}s() returned an id that does not follow "after"`)
      after = last.id
    }
  }

  const listing = {
    needs,
    why: `A program that reads the list to find or export ${noun}s would miss some, or get some twice.`,
    fix: 'Order by id in binary order (`COLLATE "C"`), and continue with id > after.',
  }

  return {
    values: {
      id: 'values',
      needs,
      title: `every method returns a ${noun} unchanged, whatever its members contain`,
      why: 'A changed scope, redirect URI, lifetime or hash changes what the client or user may do.',
      fix: 'Keep it as JSON text, or convert each column explicitly; sort, split, trim and default nothing.',
      async run({ store }) {
        const all = rich()
        for (const [n, one] of all.entries()) {
          await creates(store, one)
          await finds(store, one, one, `after create${Noun}()`)
          const [listed] = await pages(store, one.id.slice(0, -1), 2)
          equal(listed, one, `The entry of list${Noun}s()`)
          const plain = make({ id: one.id })
          await updates(store, plain, one.version)
          await finds(store, plain, plain, `after update${Noun}() to fewer members`)
          const again = { ...one, version: aVersion() }
          await updates(store, again, plain.version)
          await finds(store, again, again, `after update${Noun}()`)
          const next = { ...all[(n + 1) % all.length]!, id: one.id, ...nameOf(one) }
          next.version = aVersion()
          await updates(store, next, again.version)
          await finds(store, next, next, `after update${Noun}() to other values`)
          const other = {
            ...make({ id: one.id }),
            metadata: { nested: { list: [1] }, other: true },
          }
          await updates(store, other, next.version)
          await finds(store, other, other, `after update${Noun}() to other metadata`)
          if (noun === 'user') continue
          await remove(store, one.id)
          const fresh = make({ id: one.id })
          await creates(store, fresh)
          await finds(store, fresh, fresh, 'after it was deleted and created again')
        }
      },
    },
    list: {
      ...listing,
      id: 'list',
      title: `the pages of list${Noun}s() contain every ${noun} once, in the order of their ids`,
      async run({ store }) {
        const prefix = anId('page')
        const saved = Array.from({ length: 5 }, (_, n) => make({ id: `${prefix}-${n}` }))
        for (const one of saved.toReversed()) await creates(store, one)
        for (const limit of [1, 2, 5])
          equal(await pages(store, prefix, limit), saved, `Five ${noun}s, in pages of ${limit}`)
        const [first] = await list(store, { limit: 1 })
        holds(first, `list${Noun}s() without "after" returned an empty page`)
      },
    },
    order: {
      ...listing,
      id: 'list.order',
      title: `list${Noun}s() orders ids by their code units, as "after" compares them`,
      async run({ store }) {
        const prefix = anId('order')
        const ends = ['b', 'B', 'a', 'A', '_', '-', '.', ' ', '~', '10', '9', '1', '01', 'é', 'e']
        const ids = [...ends, 'É', 'z', 'Z', 'ß', 'a-b', 'ab', 'a b'].map((end) => prefix + end)
        for (const id of ids) await creates(store, make({ id }))
        const listed = (await pages(store, prefix, 3)).map(({ id }) => id)
        equal(listed, ids.toSorted(byCodeUnits), 'The ids in pages of three')
        // UTF-8 and UTF-16 order these differently, so only their number counts.
        const wide = anId('wide')
        const others = ['\uff5e', '😀', 'z', '\ue000', '\u{10ffff}', 'é'].map((end) => wide + end)
        for (const id of others) await creates(store, make({ id }))
        const found: string[] = []
        for (let after = wide; found.length < others.length;) {
          const page = await list(store, { after, limit: 2 })
          const ours = page.filter(({ id }) => id.startsWith(wide))
          holds(ours.length > 0, 'A list of ids with characters of four bytes ends too early')
          found.push(...ours.map(({ id }) => id))
          after = ours.at(-1)!.id
        }
        equal(found.toSorted(byCodeUnits), others.toSorted(byCodeUnits), 'The ids in pages of two')
      },
    },
    many: {
      ...listing,
      id: 'list.many',
      level: 'secure',
      title: `list${Noun}s() returns full pages of 500 and of 1,100 ${noun}s`,
      why: `A program that stops at a page shorter than its limit would see only the first ${noun}s.`,
      fix: 'Pass the limit to the database as it is, and cap nothing.',
      async run({ store }) {
        const prefix = anId('many')
        const saved = Array.from({ length: manyEntries }, (_, n) =>
          make({ id: `${prefix}-${String(n).padStart(4, '0')}` }),
        )
        await inTurns(saved, (one) => creates(store, one))
        for (const limit of [pageSize, manyEntries]) {
          const page = await list(store, { after: prefix, limit })
          equal(
            page.length,
            limit,
            `The number of ${noun}s in a page with a limit of ${limit}, of ${manyEntries} that exist`,
          )
        }
        const listed = await pages(store, prefix, pageSize)
        equal(listed.length, saved.length, `The number of ${noun}s in all pages`)
        equal(
          listed.map(({ id }) => id),
          saved.map(({ id }) => id),
          'Their ids',
        )
        await finds(store, saved[0]!, saved[0]!, `of the first of ${manyEntries}`)
        const wide = anId('wide')
        const text = 'x'.repeat(40_000)
        const large = Array.from({ length: 40 }, (_, n) => ({
          ...make({ id: `${wide}-${String(n).padStart(2, '0')}` }),
          metadata: { text },
        }))
        await inTurns(large, (one) => creates(store, one))
        const page = await list(store, { after: wide, limit: 40 })
        equal(page, large, `A page of forty ${noun}s of 40,000 characters each`)
      },
    },
    gone: {
      ...listing,
      id: 'list.gone',
      title: `list${Noun}s() continues after an id that was deleted since the previous page`,
      async run(t) {
        // Alone, so that the first page begins without "after".
        const store = await t.elsewhere()
        const prefix = anId('gone')
        const saved = Array.from({ length: 7 }, (_, n) => make({ id: `${prefix}-${n}` }))
        for (const one of saved) await creates(store, one)
        const first = await list(store, { limit: 3 })
        equal(first, saved.slice(0, 3), 'The first page')
        await remove(store, first.at(-1)!.id)
        // What changes after the first page shows on the second one.
        const changed = make({ id: saved[4]!.id })
        await updates(store, changed, saved[4]!.version)
        saved[4] = changed
        const second = await list(store, { after: first.at(-1)!.id, limit: 3 })
        equal(second, saved.slice(3, 6), 'The page after an id that was deleted')
        equal(
          await list(store, { after: `${prefix}-2x`, limit: 3 }),
          saved.slice(3, 6),
          'The page after an id that never existed',
        )
        for (const at of [3, 4]) await remove(store, saved[at]!.id)
        const rest = await list(store, { limit: 3 })
        equal(rest, [saved[0], saved[1], saved[5]], 'A page of three after deletions in its middle')
      },
    },
    again: {
      id: 'again',
      needs,
      title: `look-ups and lists show a ${noun} that is created, deleted and created again, each time`,
      why: `A ${noun} that was looked up too early could not be used until the server restarts.`,
      fix: 'Cache neither hits nor misses.',
      async run(t) {
        const stores = await t.instances(2)
        const [store, other] = [stores[0]!, stores[1]!]
        // Hardly any id follows this one, so that its page is empty without it.
        const one = make({ id: `~${anId(noun)}` })
        const see = async (wanted: Entry | null, when: string) => {
          for (const each of stores) {
            await finds(each, wanted ?? one, wanted, when)
            const page = await list(each, { after: one.id.slice(0, -1), limit: 1 })
            const ours = page.filter(({ id }) => id === one.id)
            equal(ours, wanted ? [wanted] : [], `list${Noun}s() ${when}`)
          }
        }
        await see(null, `before create${Noun}()`)
        await creates(store, one)
        for (let n = 0; n < 2; n++) await see(one, `after create${Noun}()`)
        const changed = { ...make({ id: one.id }), ...nameOf(one) }
        await updates(other, changed, one.version)
        for (let n = 0; n < 2; n++) await see(changed, `after update${Noun}()`)
        await remove(store, one.id)
        await see(null, `after delete${Noun}()`)
        // The id of a deleted user stays taken until its mark is purged.
        if (noun === 'user') return
        for (const each of stores) {
          await creates(each, one)
          await see(one, 'after it was created again')
          await remove(each, one.id)
          await see(null, 'after it was deleted again')
        }
      },
    },
    race: {
      id: 'race',
      level: 'secure',
      needs,
      title: `a deleted ${noun} stays deleted, whatever update${Noun}() is under way`,
      why: `A ${noun} that an administrator has deleted would be back, with its secret or password.`,
      fix: 'Update with the version as a condition of the statement that writes, and never insert.',
      async run(t) {
        const stores = await t.instances(3)
        for (let round = 0; round < 12; round++) {
          const one = make()
          await creates(stores[0]!, one)
          const change = (store: Store) => {
            const changed = { ...make({ id: one.id }), ...nameOf(one) }
            return update(store, changed as never, one.version)
          }
          const updating = awaitedLater(Promise.all(stores.slice(0, 2).map(change)))
          for (let turn = 0; turn < round % 4; turn++) await list(stores[2]!, { limit: 1 })
          await Promise.all([stores[2]!, stores[round % 3]!].map((each) => remove(each, one.id)))
          const won = (await updating).filter(Boolean)
          holds(won.length <= 1, `update${Noun}() of one version returned true ${won.length} times`)
          for (const store of stores)
            await finds(store, one, null, `after a delete${Noun}() that raced`)
        }
      },
    },
    everywhere: {
      id: 'everywhere',
      level: 'secure',
      needs,
      title: `every instance sees at once a ${noun} that another instance has created, changed or deleted`,
      why: `A secret, redirect URI or password that was changed on one server would still work on the next.`,
      fix: 'Use no cache between the store and its database.',
      async run(t) {
        const [one, other] = await t.instances(2)
        const first = make()
        await creates(one!, first)
        for (let n = 0; n < 3; n++) await finds(other!, first, first, 'in another instance')
        const second = { ...make({ id: first.id }), ...nameOf(first) }
        // Look-ups that are under way when it changes must not answer those that come later.
        const early = awaitedLater(
          Promise.all(
            [one!, other!].flatMap((each) =>
              Object.values(lookUps).map((lookUp) => lookUp(each, first as never)),
            ),
          ),
        )
        await updates(other!, second, first.version)
        for (const each of [one!, other!])
          await finds(each, second, second, 'after a change in another instance')
        await early
        equal(
          await update(one!, make({ id: first.id }) as never, first.version),
          false,
          `update${Noun}() of a version that another instance has replaced`,
        )
        equal(
          await create(one!, make({ id: first.id }) as never),
          false,
          `create${Noun}() of an id that another instance knows`,
        )
        await remove(one!, first.id)
        for (const each of [other!, one!])
          await finds(each, second, null, 'after the deletion in another instance')
      },
    },
  }
}

/** Returns the username of a user, so that a new state keeps it. */
function nameOf(entry: Entry): { username?: string } {
  return 'username' in entry ? { username: entry.username } : {}
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1
}
