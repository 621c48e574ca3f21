import { equal } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aUser,
  asFound,
  successors,
  wholeSecond,
} from '../given'
import { group } from '../group'
import { redeems } from '../traits/consume'
import { foundAs, notFound } from '../trial'

const page = { limit: 9 }
const common = {
  why: "One tenant's users and tokens are none of another's business, even under the same names.",
  mend: 'Put the namespace into every key and every WHERE clause, in the one place that builds them.',
}

export const isolate = group('isolate', 'secure', [
  {
    ...common,
    id: 'tenant',
    title: "what one namespace has, another doesn't see, and may have under the same ids",
    async run(t) {
      const { store } = t
      const other = await t.elsewhere()
      const { grant, credential } = await t.family()
      const client = aClient({ id: grant.clientId })
      await store.saveClient(client)
      equal(await other.getClient(client.id), null, 'getClient in the other namespace')
      await notFound(other, credential.hash, 'A credential in the other namespace')
      equal(
        await other.listGrants({ clientId: client.id }, page),
        [],
        'listGrants in the other namespace',
      )

      const theirs = aClient({ id: client.id })
      await other.saveClient(theirs)
      await other.issue({ ...grant, data: '{"scope":"theirs"}' }, [
        { ...credential, data: '{"n":2}' },
      ])
      equal(await store.getClient(client.id), client, 'The client here')
      await foundAs(store, credential, grant, 'The credential here')
      await redeems(store, credential, successors())
      equal(await other.isRedeemed(credential), false, 'isRedeemed in the other namespace')
      await redeems(other, credential, successors())

      if (store.saveUser && other.saveUser) {
        const [here, there] = [aUser(), aUser()]
        there.username = here.username
        await store.saveUser(here)
        equal(await other.getUser?.(here.username), null, 'getUser in the other namespace')
        await other.saveUser(there)
        equal(await store.getUser?.(here.username), here, 'The user here')
      }
      const key = aHash()
      equal(await store.remember(key, Date.now() + 60_000), true, 'remember here')
      equal(await other.remember(key, Date.now() + 60_000), true, 'remember there')
    },
  },
  {
    ...common,
    id: 'purge',
    title: 'purging, revoking and deleting in one namespace touches no other',
    async run(t) {
      const { store } = t
      const other = await t.elsewhere()
      const grant = aGrant()
      const credential = aCredential({ expiresAt: wholeSecond() + 1000 })
      const client = aClient({ id: grant.clientId })
      for (const one of [store, other]) {
        await one.saveClient(client)
        await one.issue(grant, [credential])
      }
      await other.purge(Date.now() + 3_600_000, 1000)
      await foundAs(store, credential, grant, 'The credential, after a purge elsewhere')
      await other.revoke({ grantId: grant.id })
      await other.revoke({ clientId: grant.clientId })
      await other.revoke({ userId: grant.userId! })
      await other.deleteClient(client.id)
      await other.deleteUser?.(grant.userId!)
      await foundAs(store, credential, grant, 'The credential, after revocations elsewhere')
      equal(await store.getClient(client.id), client, 'The client, deleted elsewhere')
      equal(await store.listGrants({ userId: grant.userId! }, page), [grant], 'The grant')
      await redeems(store, asFound(credential, grant), successors())
    },
  },
])
