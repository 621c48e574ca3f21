import { creates, createsUser, grantsOf, issues } from '../checked'
import { equal } from '../expect'
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

      const records = texts.map((key) => aRecord({ key }))
      for (const one of records) equal(await store.addRecord(one), true, 'addRecord()')
      for (const one of records)
        equal(await store.takeRecord(one.key), one, `takeRecord() of ${quoted(one.key)}`)

      if (store.supports.users) {
        const users = texts.map((text) => aUser({ id: text, username: text }))
        for (const one of users) await createsUser(store, one)
        for (const one of users) {
          const { id, username } = one
          equal(await store.getUser?.(id), one, `getUser() of ${quoted(id)}`)
          equal(
            await store.getUserByUsername?.(username),
            one,
            `getUserByUsername() of ${quoted(username)}`,
          )
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
        const [first, ...rest] = issued
        const selector = { [member]: first!.grant[member] } as never
        equal(await store.revoke(selector), 1, `revoke() by ${member} ${quoted(texts[0]!)}`)
        await notFound(store, first!.credential.hash, 'The credential of the revoked grant')
        for (const { grant, credential } of rest) {
          await foundAs(
            store,
            credential,
            grant,
            `The credential of the grant with the ${member} ${quoted(String(grant[member]))}`,
          )
        }
      }
      for (const { id: gone } of clients) await store.deleteClient(gone)
    },
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 20)}…${text.slice(-20)}` : text)
}
