import type { Client } from '@oauth2-kit/core'
import { creates, grantsOf, updates } from '../checked'
import { outcomeOf } from '../engine'
import { equal } from '../expect'
import { aClient, aVersion, nearVersions, successors } from '../given'
import { group } from '../group'
import { entries } from '../traits/entries'
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

const { values, list, order, many, gone, again, race, everywhere } = entries('client')

export const client = group('client', 'contract', [
  {
    id: 'round-trip',
    title:
      'getClient() returns a client exactly as it was created, with or without optional members',
    why: 'A lost lifetime, scope or redirect URI changes what the client may do.',
    fix: 'Keep the client as JSON text, or give each member a column; distinguish `null` from absent.',
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
        equal(await store.getClient(one.id), one, 'getClient()')
      }
    },
  },
  values,
  {
    id: 'find',
    title: 'getClient() of a model finds a client by its exact id only, with its redirect URI',
    why: 'RFC 6749 10.6: a code that is sent to another redirect URI is stolen.',
    fix: 'Compare the id with `===`, and return "clientId" and "redirectUri" as they were registered.',
  },
  {
    id: 'replace',
    title: 'updateClient() replaces the whole client and merges nothing',
    why: 'A redirect URI or scope that was removed would still work.',
    fix: 'Write the whole client, and do not merge it with the previous one.',
    async run({ store }) {
      const before = aClient(everything)
      const after = aClient({
        id: before.id,
        redirectUris: ['https://other.example/'],
        scopes: null,
      })
      await creates(store, before)
      await updates(store, after, before.version)
      equal(await store.getClient(before.id), after, 'getClient() after the update')
    },
  },
  {
    id: 'create',
    level: 'secure',
    title: 'createClient() with an existing id returns false and changes nothing',
    why: 'A second registration with the same id, at the same moment or by guessing, would take over the first client.',
    fix: 'Use INSERT against the primary key, or SET NX, and no upsert.',
    async run({ store }) {
      const first = aClient(everything)
      await creates(store, first)
      const second = aClient({ id: first.id })
      equal(await store.createClient(second), false, 'createClient() with an existing id')
      equal(await store.getClient(first.id), first, 'getClient() afterwards')
    },
  },
  {
    id: 'update',
    level: 'secure',
    title:
      'updateClient() with a version other than the current one returns false and changes nothing',
    why: 'A redirect URI that was removed comes back when another administrator saves an older copy.',
    fix: 'Use UPDATE ... WHERE id = ? AND version = ?, and check the number of rows.',
    async run({ store }) {
      const [first, other] = [aClient(everything), aClient()]
      for (const one of [first, other]) await creates(store, one)
      const second = aClient({ id: first.id })
      await updates(store, second, first.version)
      for (const stale of [first.version, other.version, ...nearVersions(second.version)]) {
        const lost = aClient({ id: first.id })
        equal(await store.updateClient(lost, stale), false, 'updateClient() with another version')
        equal(await store.getClient(first.id), second, 'getClient() afterwards')
      }
      equal(await store.getClient(other.id), other, 'getClient() of another client')
    },
  },
  {
    id: 'retry',
    level: 'secure',
    title: 'createClient() and updateClient() return true for a retry, which changes nothing more',
    why: 'An administrator whose own retry is reported as a conflict repeats the whole change.',
    fix: 'After a conflict, compare the stored version with the version of the new client.',
    async run({ store }) {
      const first = aClient()
      for (let n = 0; n < 2; n++) await creates(store, first)
      const second = aClient({ id: first.id, ...everything })
      for (let n = 0; n < 2; n++) await updates(store, second, first.version)
      const third = aClient({ id: first.id })
      await updates(store, third, second.version)
      equal(
        await store.updateClient(second, first.version),
        false,
        'updateClient() after a later update',
      )
      equal(await store.createClient(first), false, 'createClient() after a later update')
      equal(await store.getClient(first.id), third, 'getClient() afterwards')
    },
  },
  {
    id: 'update-deleted',
    level: 'secure',
    title: 'updateClient() of a deleted client returns false and does not bring it back',
    why: 'A deleted client would be registered again, with its secret.',
    fix: 'Update only if the version still matches, and never insert.',
    async run({ store }) {
      const client = aClient()
      await creates(store, client)
      await store.deleteClient(client.id)
      const change = aClient({ id: client.id })
      equal(
        await store.updateClient(change, client.version),
        false,
        'updateClient() of a deleted client',
      )
      equal(
        await store.updateClient(change, ''),
        false,
        'updateClient() of a deleted client, from version ""',
      )
      equal(await store.getClient(client.id), null, 'getClient() afterwards')
      const again = aClient({ id: client.id })
      await creates(store, again)
      equal(
        await store.updateClient(change, client.version),
        false,
        'updateClient() with the version of the deleted client',
      )
      equal(
        await store.getClient(client.id),
        again,
        'getClient() of the client that was created again',
      )
    },
  },
  {
    id: 'delete',
    title: 'deleteClient() removes that client and no other, and resolves for an unknown id',
    why: 'A clean-up that runs twice, or after another one, would fail.',
    fix: 'Delete by the exact id, and treat zero rows as success.',
    async run({ store }) {
      const [gone, stays] = [aClient(), aClient()]
      await creates(store, gone)
      await creates(store, stays)
      await store.deleteClient(gone.id)
      equal(await store.getClient(gone.id), null, 'getClient() after deleteClient()')
      equal(await store.getClient(stays.id), stays, 'getClient() of the other client')
      await store.deleteClient(gone.id)
    },
  },
  {
    id: 'delete-grants',
    level: 'secure',
    title: 'deleteClient() revokes the grants of the client, and no others',
    why: 'The tokens of a deleted client would keep working until they expire.',
    fix: 'Revoke by client id in deleteClient(), even if the client is already gone.',
    async run(t) {
      const saved = aClient()
      await creates(t.store, saved)
      const { credential } = await t.issuedGrant({}, { clientId: saved.id })
      const own = await t.issuedGrant({ kind: 'access' }, { clientId: saved.id, userId: null })
      const other = await t.issuedGrant()
      await t.store.deleteClient(saved.id)
      await notFound(t.store, credential.hash, 'A token of the deleted client')
      await notFound(t.store, own.credential.hash, 'A token of the deleted client itself')
      for (const { id, userId } of [credential.grant, own.credential.grant]) {
        equal(await grantsOf(t.store, { grantId: id }), [], 'listGrants() of a deleted client')
        const whose = { clientId: saved.id, ...(userId !== null && { userId }) }
        equal(await grantsOf(t.store, whose), [], 'listGrants() of a deleted client')
      }
      equal(
        (await t.store.redeem(credential, successors())).status,
        'revoked',
        'The status of redeem()',
      )
      await other.unharmed()
    },
  },
  list,
  order,
  many,
  gone,
  again,
  race,
  everywhere,
  {
    id: 'secret',
    level: 'secure',
    title: 'the token endpoint refuses a wrong or empty client secret, and accepts the right one',
    why: 'RFC 6749 2.3.1: if the secret is not checked, anyone can act as the client.',
    fix: 'Keep "secretHash" unchanged, and `null` for public clients only.',
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
        equal(outcome, 'invalid_client', 'The response to a wrong secret')
      }
      equal(
        outcomeOf(await engine.token(one, body)),
        'HTTP 200',
        'The response to the right secret',
      )
    },
  },
  {
    id: 'secret.absent',
    level: 'secure',
    title: 'getClient() of a promise model finds no confidential client without a secret',
    why: 'RFC 6749 3.2.1: the token endpoint passes `undefined` for a request with a code_verifier and no secret, so anyone could act as the client. Only `null` is the authorization endpoint.',
    fix: 'Leave the secret unchecked only if it is `null`, or if the client is registered as public.',
  },
  {
    id: 'scope',
    level: 'secure',
    title: 'validateScope() of a promise model grants no scope that the client may not have',
    why: 'RFC 6749 3.3: a client would get the scopes of an administrator by asking for them.',
    fix: 'Compare each requested scope with the list of this client, and return `false` or only those in it.',
  },
  {
    id: 'redirect-uri',
    level: 'secure',
    title:
      'validateRedirectUri() of a promise model accepts registered URIs only, character by character',
    why: 'RFC 9700 2.1: a code that is sent to another URI is in the hands of an attacker.',
    fix: 'Use `client.redirectUris.includes(uri)`; compare no prefixes, hosts or patterns.',
  },
  {
    id: 'user',
    level: 'secure',
    title: 'getUserFromClient() of a model returns a user only for the right id and secret',
    why: 'RFC 6749 4.4: anyone could get tokens for the user of the client.',
    fix: 'Check the id and the secret together, as getClient() does, and return `null` if one is wrong.',
  },
  {
    id: 'grant',
    level: 'secure',
    title: 'the token endpoint accepts only the grant types that the client is registered for',
    why: 'RFC 6749 5.2 (unauthorized_client): a client for one purpose could be used for another.',
    fix: 'Keep "grantTypes" as a list of exact strings; an empty list allows nothing.',
    async run(t) {
      const engine = t.engine()
      const body = { grant_type: 'client_credentials' }
      for (const grants of [
        [],
        ['refresh_token'],
        ['client_credentials ', 'CLIENT_CREDENTIALS', '*'],
      ]) {
        const { secret, ...registered } = await engine.client({ grantTypes: ['refresh_token'] })
        // The core refuses to register such names, so the store gets them directly.
        const changed = { ...registered, grantTypes: grants, version: aVersion() }
        await updates(t.store, changed, registered.version)
        const outcome = outcomeOf(await engine.token({ ...changed, secret }, body))
        equal(
          outcome,
          'unauthorized_client',
          `The response to a client with the grant types ${JSON.stringify(grants)}`,
        )
      }
      const allowed = await engine.client({ grantTypes: ['client_credentials'] })
      equal(
        outcomeOf(await engine.token(allowed, body)),
        'HTTP 200',
        'The response to a client with that grant type',
      )
    },
  },
])
