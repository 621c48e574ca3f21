import { creates, createsUser, grantsOf, issues, updates } from '../checked'
import type { Page } from '@oauth2-kit/core'
import { equal, holds } from '../expect'
import { aClient, aCredential, aGrant, aRecord, aUser, anId } from '../given'
import type { CaseOf } from '../group'
import { foundAs, notFound } from '../trial'

/**
 * Checks that ids are opaque: two strings are the same id only if they are equal, code point for
 * code point. `variants` returns different ids that a careless database treats as the same.
 */
export function opaque(id: string, variants: () => readonly string[]): Pick<CaseOf, 'id' | 'run'> {
  return {
    id,
    async run(t) {
      const { store } = t
      const texts = variants()
      const clients = texts.map((text) => aClient({ id: text }))
      for (const [n, client] of clients.entries()) {
        equal(
          await store.getClient(client.id),
          null,
          `getClient() of ${quoted(client.id)} before its creation`,
        )
        await creates(store, client)
        for (const before of clients.slice(0, n + 1)) {
          equal(await store.getClient(before.id), before, `getClient() of ${quoted(before.id)}`)
        }
      }

      await listsInOrder(clients, (page) => store.listClients(page), 'listClients')
      const changed = clients.map(({ id }) => aClient({ id }))
      for (const [n, one] of changed.entries()) {
        await updates(store, one, clients[n]!.version)
        for (const other of [one, changed[n - 1], clients[n + 1]])
          if (other)
            equal(await store.getClient(other.id), other, `getClient() of ${quoted(other.id)}`)
      }

      const records = texts.map((key) => aRecord({ key }))
      for (const one of records) equal(await store.addRecord(one), true, 'addRecord()')
      for (const one of records)
        equal(await store.getRecord(one.key), one, `getRecord() of ${quoted(one.key)}`)
      for (const one of records)
        equal(await store.takeRecord(one.key), one, `takeRecord() of ${quoted(one.key)}`)

      if (store.supports.users) {
        const users = texts.map((text) => aUser({ id: text, username: text }))
        for (const [n, one] of users.entries()) {
          equal(
            await store.getUser?.(one.id),
            null,
            `getUser() of ${quoted(one.id)} before its creation`,
          )
          await createsUser(store, one)
          const first = users[n > 0 ? 0 : n]!
          equal(await store.getUser?.(first.id), first, `getUser() of ${quoted(first.id)}`)
        }
        await listsInOrder(
          users,
          async (page) => (await store.listUsers?.(page)) ?? [],
          'listUsers',
        )
        for (const one of users) {
          const { id, username } = one
          equal(await store.getUser?.(id), one, `getUser() of ${quoted(id)}`)
          equal(
            await store.getUserByUsername?.(username),
            one,
            `getUserByUsername() of ${quoted(username)}`,
          )
        }
        const later = users.map(({ id, username }) => aUser({ id, username }))
        for (const [n, one] of later.entries()) {
          equal(await store.updateUser?.(one, users[n]!.version), true, 'updateUser()')
          for (const other of [one, later[n - 1], users[n + 1]]) {
            if (!other) continue
            const found = await store.getUser?.(other.id)
            equal(found, other, `getUser() of ${quoted(other.id)}`)
          }
        }
      }

      const owner = { clientId: anId('client'), userId: anId('user') }
      for (const member of ['userId', 'clientId'] as const) {
        const issued = texts.map((text) => ({
          grant: aGrant({ ...owner, [member]: text }),
          credential: aCredential(),
        }))
        await Promise.all(issued.map(({ grant, credential }) => issues(store, grant, [credential])))
        for (const { grant } of issued) {
          const listed = await grantsOf(store, { [member]: grant[member] } as never)
          equal(listed, [grant], `listGrants() by ${member} ${quoted(String(grant[member]))}`)
        }
        for (const [n, { grant, credential }] of issued.toReversed().entries()) {
          const text = quoted(String(grant[member]))
          equal(
            await store.revoke({ [member]: grant[member] } as never),
            1,
            `revoke() by ${member} ${text}`,
          )
          await notFound(store, credential.hash, `The credential of the revoked grant of ${text}`)
          const next = issued.at(-2 - n)
          if (!next) continue
          await foundAs(
            store,
            next.credential,
            next.grant,
            `The credential of the grant with the ${member} ${quoted(String(next.grant[member]))}`,
          )
        }
      }
      if (store.supports.users) {
        for (const [n, gone] of texts.entries()) {
          await store.deleteUser?.(gone, Date.now() + 600_000)
          const outcome = await store.issue(aGrant({ userId: gone }), [aCredential()], {})
          equal(outcome, 'refused', `issue() for the deleted user ${quoted(gone)}`)
          const next = texts[n + 1]
          if (next !== undefined) await issues(store, aGrant({ userId: next }), [aCredential()])
          equal(await store.getUser?.(gone), null, `getUser() of the deleted ${quoted(gone)}`)
          for (const other of texts.slice(n + 1)) {
            const found = await store.getUser?.(other)
            equal(found?.id, other, `The id of getUser() of ${quoted(other)}`)
          }
        }
      }
      for (const [n, { id: gone }] of clients.entries()) {
        await store.deleteClient(gone)
        equal(await store.getClient(gone), null, `getClient() of the deleted ${quoted(gone)}`)
        for (const one of changed.slice(n + 1))
          equal(await store.getClient(one.id), one, `getClient() of ${quoted(one.id)}`)
      }
    },
  }
}

/** Fails unless the page after each id has the next one as the first of these ids. */
async function listsInOrder(
  entries: readonly { id: string }[],
  list: (page: Page) => Promise<{ id: string }[]>,
  name: string,
): Promise<void> {
  // UTF-8 and UTF-16 agree on the order up to U+D7FF.
  const sorted = entries
    .filter(({ id }) => /^[\0-\ud7ff]*$/.test(id))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const ids = new Set(sorted.map(({ id }) => id))
  for (const [n, { id: after }] of sorted.slice(0, -1).entries()) {
    const page = await list({ after, limit: 500 })
    holds(
      page.every(({ id }) => id > after),
      `${name}() after ${quoted(after)} returned an id that does not follow it`,
    )
    const listed = page.find(({ id }) => ids.has(id))
    // Ids of other cases may fill the page.
    if (listed || page.length < 500)
      equal(listed, sorted[n + 1], `The first entry that ${name}() returns after ${quoted(after)}`)
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 20)}…${text.slice(-20)}` : text)
}
