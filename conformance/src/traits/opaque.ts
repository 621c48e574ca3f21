import { equal } from '../expect'
import { aClient, aCredential, aGrant, aUser, anId } from '../given'
import type { CaseOf } from '../group'
import { foundAs, notFound } from '../trial'

/**
 * Ids are opaque: two texts are one id if they are the same, code point for code point. `variants`
 * gives an id with others that a careless database takes for it.
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
          `getClient of ${quoted(client.id)}, not saved yet`,
        )
        await store.saveClient(client)
        for (const before of clients.slice(0, n + 1)) {
          equal(await store.getClient(before.id), before, `getClient of ${quoted(before.id)}`)
        }
      }

      if (store.saveUser && store.getUser) {
        const users = texts.map((username) => aUser({ username }))
        for (const one of users) await store.saveUser(one)
        for (const one of users)
          equal(await store.getUser(one.username), one, `getUser of ${quoted(one.username)}`)
      }

      const owner = { clientId: anId('client'), userId: anId('user') }
      for (const member of ['userId', 'clientId'] as const) {
        const issued = texts.map((text) => ({
          grant: aGrant({ ...owner, [member]: text }),
          credential: aCredential(),
        }))
        await Promise.all(issued.map(({ grant, credential }) => store.issue(grant, [credential])))
        for (const { grant } of issued) {
          const listed = await store.listGrants({ [member]: grant[member] } as never, { limit: 9 })
          equal(listed, [grant], `listGrants by ${member} ${quoted(String(grant[member]))}`)
        }
        const [first, ...rest] = issued
        const selector = { [member]: first!.grant[member] } as never
        equal(await store.revoke(selector), 1, `revoke by ${member} ${quoted(texts[0]!)}`)
        await notFound(store, first!.credential.hash, 'What was revoked')
        for (const { grant, credential } of rest) {
          await foundAs(
            store,
            credential,
            grant,
            `The grant with the ${member} ${quoted(String(grant[member]))}`,
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
