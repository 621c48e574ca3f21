import type { Client, Store } from '@oauth2-kit/core'
import { creates, updates } from '../checked'
import { outcomeOf } from '../engine'
import { equal, holds } from '../expect'
import { aClient, aVersion, anId, successors } from '../given'
import { group } from '../group'
import { notFound } from '../trial'

const everything: Partial<Client> = {
  redirectUris: ['https://client.example/cb?x=1&y=%20', 'http://127.0.0.1/'],
  grantTypes: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
  scopes: ['profile', 'a:b/c'],
  name: 'Ünïcode “client” 🎨',
  userId: 'user-1',
  accessTokenLifetime: null,
  refreshTokenLifetime: 0.5,
  resources: ['https://api.example/', 'urn:example:ledger'],
  introspectsAll: true,
  metadata: { logo: null, nested: { list: [1, 'two', { three: true }] }, empty: {} },
}

export const client = group('client', 'contract', [
  {
    id: 'round-trip',
    title: 'a client comes back as it was created, with every member or just those it has',
    why: 'A lifetime, a scope or a redirect URI that gets lost changes what the client may do.',
    fix: 'Keep the client as JSON text, or give each member a column; keep `null` and absent apart.',
    async run({ store }) {
      const plain: Client = {
        ...aClient(),
        scopes: null,
        secretHash: null,
        type: 'public',
        authMethod: 'none',
      }
      for (const one of [
        aClient(everything),
        plain,
        aClient({ redirectUris: [], grantTypes: [], scopes: [] }),
      ]) {
        await creates(store, one)
        equal(await store.getClient(one.id), one, 'getClient')
      }
    },
  },
  {
    id: 'replace',
    title: 'changing a client replaces it as a whole',
    why: 'A redirect URI or scope that was taken away must be gone.',
    fix: 'Write the whole client; merge nothing.',
    async run({ store }) {
      const before = aClient(everything)
      const after = aClient({
        id: before.id,
        redirectUris: ['https://other.example/'],
        scopes: null,
      })
      await creates(store, before)
      await updates(store, after, before.version)
      equal(await store.getClient(before.id), after, 'getClient after the change')
    },
  },
  {
    id: 'create',
    level: 'secure',
    title: 'creating a client under an id that exists is false, and changes nothing',
    why: 'Two who register at once, or an id that is guessed: the second would take over the first.',
    fix: 'INSERT against the primary key, SET NX; no upsert.',
    async run({ store }) {
      const first = aClient(everything)
      await creates(store, first)
      const second = aClient({ id: first.id })
      equal(await store.createClient(second), false, 'createClient of an id that exists')
      equal(await store.getClient(first.id), first, 'The first one, afterwards')
    },
  },
  {
    id: 'update',
    level: 'secure',
    title: 'a change of a version that is not the last one is false, and changes nothing',
    why: 'A redirect URI that was removed comes back with the change of somebody who had read it before.',
    fix: 'UPDATE ... WHERE id = ? AND version = ?, and look at the number of rows.',
    async run({ store }) {
      const [first, other] = [aClient(everything), aClient()]
      for (const one of [first, other]) await creates(store, one)
      const second = aClient({ id: first.id })
      await updates(store, second, first.version)
      for (const stale of [first.version, other.version, '', `${second.version} `]) {
        const lost = aClient({ id: first.id })
        equal(await store.updateClient(lost, stale), false, 'updateClient of another version')
        equal(await store.getClient(first.id), second, 'The client, afterwards')
      }
      equal(await store.getClient(other.id), other, 'Another client')
    },
  },
  {
    id: 'retry',
    level: 'secure',
    title: 'creating or changing a client again, because the reply was lost, is true, and once',
    why: 'An administrator who is told of a conflict with themselves does it all again.',
    fix: 'After a conflict, compare the version that is there with that of the new record.',
    async run({ store }) {
      const first = aClient()
      for (let n = 0; n < 2; n++) await creates(store, first)
      const second = aClient({ id: first.id, ...everything })
      for (let n = 0; n < 2; n++) await updates(store, second, first.version)
      const third = aClient({ id: first.id })
      await updates(store, third, second.version)
      equal(await store.updateClient(second, first.version), false, 'updateClient, once overtaken')
      equal(await store.createClient(first), false, 'createClient, once overtaken')
      equal(await store.getClient(first.id), third, 'The client, afterwards')
    },
  },
  {
    id: 'update-deleted',
    level: 'secure',
    title: 'a change that comes after the deletion is false, and brings the client not back',
    why: 'A client that was thrown out is in again, with its secret.',
    fix: 'Update where the version is still the same; insert nothing.',
    async run({ store }) {
      const client = aClient()
      await creates(store, client)
      await store.deleteClient(client.id)
      const change = aClient({ id: client.id })
      equal(await store.updateClient(change, client.version), false, 'updateClient of one deleted')
      equal(
        await store.updateClient(change, ''),
        false,
        'updateClient of one deleted, from version ""',
      )
      equal(await store.getClient(client.id), null, 'getClient afterwards')
      const again = aClient({ id: client.id })
      await creates(store, again)
      equal(await store.updateClient(change, client.version), false, 'updateClient of one before')
      equal(await store.getClient(client.id), again, 'The client that was created again')
    },
  },
  {
    id: 'delete',
    title: 'deleting a client removes it and nothing else; an unknown one is fine',
    why: 'Who cleans up twice, or after somebody else, has done nothing wrong.',
    fix: 'Delete by the exact id, and take zero rows for a success.',
    async run({ store }) {
      const [gone, stays] = [aClient(), aClient()]
      await creates(store, gone)
      await creates(store, stays)
      await store.deleteClient(gone.id)
      equal(await store.getClient(gone.id), null, 'getClient after deleteClient')
      equal(await store.getClient(stays.id), stays, 'The other client')
      await store.deleteClient(gone.id)
    },
  },
  {
    id: 'delete-grants',
    level: 'secure',
    title: 'deleting a client revokes its grants, and no others',
    why: 'The tokens of a client that was thrown out would go on working until they expire.',
    fix: 'Revoke by client id in deleteClient too, also for clients that are gone already.',
    async run(t) {
      const saved = aClient()
      await creates(t.store, saved)
      const { credential } = await t.issuedGrant({}, { clientId: saved.id })
      const other = await t.issuedGrant()
      await t.store.deleteClient(saved.id)
      await notFound(t.store, credential.hash, 'A token of the deleted client')
      equal((await t.store.redeem(credential, successors())).status, 'revoked', 'redeem')
      await other.unharmed()
    },
  },
  {
    id: 'list',
    title: 'the pages of listClients hold every client once, in the order of their ids',
    why: 'Who walks the list to find a client, or to export them all, relies on it.',
    fix: 'Order by id in binary order, and go on with id > after.',
    async run({ store }) {
      const prefix = anId('page')
      const saved = Array.from({ length: 5 }, (_, n) => aClient({ id: `${prefix}-${n}` }))
      for (const one of saved.toReversed()) await creates(store, one)
      const listed = await pages(store, prefix)
      equal(listed, saved, 'The five clients, listed two by two')
    },
  },
  {
    id: 'secret',
    level: 'secure',
    title: 'a wrong or empty secret gets no token, the right one does',
    why: 'RFC 6749 2.3.1: without its secret anybody is the client.',
    fix: 'Keep "secretHash" as it is, `null` for public clients only.',
    async run(t) {
      const engine = t.engine()
      const one = await engine.client({ grantTypes: ['client_credentials'] })
      const other = await engine.client({ grantTypes: ['client_credentials'] })
      const body = { grant_type: 'client_credentials' }
      for (const secret of [
        '',
        ' ',
        one.secret.toUpperCase(),
        one.secret.slice(0, -1),
        `${one.secret} `,
        other.secret,
      ]) {
        const outcome = outcomeOf(await engine.token({ ...one, secret }, body))
        equal(outcome, 'invalid_client', 'The answer to a wrong secret')
      }
      equal(outcomeOf(await engine.token(one, body)), '200', 'The answer to the right secret')
    },
  },
  {
    id: 'grant',
    level: 'secure',
    title: 'a client gets what its grant types allow, and nothing for any other',
    why: 'RFC 6749 5.2 (unauthorized_client): a client for one purpose must not serve another.',
    fix: 'Keep "grantTypes" as a list of exact texts; an empty list allows nothing.',
    async run(t) {
      const engine = t.engine()
      const body = { grant_type: 'client_credentials' }
      for (const grants of [
        [],
        ['refresh_token'],
        ['client_credentials ', 'CLIENT_CREDENTIALS', '*'],
      ]) {
        const { secret, ...registered } = await engine.client({ grantTypes: ['refresh_token'] })
        // The core registers no such name, so a store is asked for it that has it already.
        const changed = { ...registered, grants, version: aVersion() }
        await updates(t.store, changed, registered.version)
        const outcome = outcomeOf(await engine.token({ ...changed, secret }, body))
        equal(
          outcome,
          'unauthorized_client',
          `The answer to a client with ${JSON.stringify(grants)}`,
        )
      }
      const allowed = await engine.client({ grantTypes: ['client_credentials'] })
      equal(outcomeOf(await engine.token(allowed, body)), '200', 'The answer to a client that may')
    },
  },
])

/** Every client whose id starts so, read in pages of two. */
async function pages(store: Store, prefix: string): Promise<Client[]> {
  const listed: Client[] = []
  for (let after = prefix; ;) {
    const page = await store.listClients({ after, limit: 2 })
    holds(page.length <= 2, `A page of two has ${page.length} clients`)
    const ours = page.filter(({ id }) => id.startsWith(prefix))
    listed.push(...ours)
    const last = page.at(-1)
    if (!last || ours.length < page.length) return listed
    holds(last.id > after, 'A page goes back')
    after = last.id
  }
}
