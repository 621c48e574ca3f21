import type { Client, User } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

export const recordMutants: Mutant[] = [
  {
    name: 'a lifetime of null gets lost',
    caughtBy: 'client.round-trip',
    also: ['client.replace'],
    breaks: ({ store }) => ({
      saveClient: ({ accessTokenLifetime, ...client }) =>
        store.saveClient(
          (accessTokenLifetime ?? null) === null ? client : { ...client, accessTokenLifetime },
        ),
    }),
  },
  {
    name: 'saving a client merges it into the one before',
    caughtBy: 'client.replace',
    breaks: ({ store }) => ({
      saveClient: async (client) =>
        store.saveClient({ ...(await store.getClient(client.id)), ...client }),
    }),
  },
  {
    name: 'deleting an unknown client is an error',
    caughtBy: 'client.delete',
    also: ['inject.*', 'isolate.purge', 'value.*', 'fault.*', 'expiry.*'],
    breaks: ({ store }) => ({
      async deleteClient(id) {
        if (!(await store.getClient(id))) throw new Error('There is no such client')
        await store.deleteClient(id)
      },
    }),
  },
  {
    name: 'deleting a client leaves its grants',
    caughtBy: 'client.delete-grants',
    // Without a check of its own, undefined deletes every client.
    also: ['inject.operator'],
    breaks: ({ run }) => ({
      deleteClient: async (id) => {
        await run({ do: 'remove', table: 'clients', where: { id } })
      },
    }),
  },
  {
    name: 'a page of clients begins with the last one again',
    caughtBy: 'client.list',
    breaks: ({ store }) => ({
      async listClients({ after, limit }) {
        const last = after === undefined ? null : await store.getClient(after)
        const rest = await store.listClients(after === undefined ? { limit } : { after, limit })
        return (last ? [last, ...rest] : rest).slice(0, limit)
      },
    }),
  },
  {
    name: 'empty secret accepted: the hash of a secret gets lost',
    caughtBy: 'client.secret',
    also: [
      'client.*',
      'code.*',
      'family.*',
      'refresh.rotate.engine',
      'secret.*',
      'expiry.boundary',
      'value.*',
      'isolate.*',
      'inject.*',
      'user.*',
    ],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) => client && { ...client, secretHash: null }),
    }),
  },
  {
    name: 'unknown grant type allowed: an empty list is taken for any',
    caughtBy: 'client.grant',
    also: ['client.round-trip'],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) =>
        client?.grants.length === 0 ? { ...client, grants: ['client_credentials'] } : client,
      ),
    }),
  },
  {
    name: 'a username finds its user in any case',
    caughtBy: 'user.round-trip',
    also: ['value.case', 'budget.index'],
    breaks: ({ run }) => ({
      async getUser(username) {
        const users = await run<User[]>({ do: 'select', table: 'users', where: {} })
        const name = username.toLowerCase()
        return (
          users.find((user) => user.username === username) ??
          users.find((user) => user.username.toLowerCase() === name) ??
          null
        )
      },
    }),
  },
  {
    name: 'a user is still found by the name it had',
    caughtBy: 'user.replace',
    breaks: ({ store, run }) => ({
      async saveUser(user) {
        const before = await run<User | null>({ do: 'get', table: 'users', key: user.id })
        await store.saveUser(user)
        if (before && before.username !== user.username) {
          await run({ do: 'put', table: 'users', row: { ...before, id: `${before.id}-before` } })
        }
      },
    }),
  },
  {
    name: 'the uniqueness of a username is looked up, and then relied upon',
    caughtBy: 'user.unique',
    breaks: ({ store, run }) => ({
      async saveUser(user) {
        const owner = await store.getUser(user.username)
        if (owner && owner.id !== user.id) throw new Error('The name is taken')
        await run({ do: 'put', table: 'users', row: user })
      },
    }),
  },
  {
    name: 'deleting a user leaves the grants',
    caughtBy: 'user.delete',
    breaks: ({ run }) => ({
      deleteUser: async (id) => {
        await run({ do: 'remove', table: 'users', where: { id } })
      },
    }),
  },
  {
    name: 'password hash unsalted: cut where the column ends',
    caughtBy: 'secret.password',
    breaks: ({ store }) => ({
      saveUser: (user) => store.saveUser({ ...user, passwordHash: user.passwordHash.slice(0, 64) }),
    }),
  },
  {
    name: 'a secret hash is cut where the column ends',
    caughtBy: 'secret.chosen',
    breaks: ({ store }) => ({
      saveClient: (client: Client) =>
        store.saveClient({ ...client, secretHash: client.secretHash?.slice(0, 100) ?? null }),
    }),
  },
  {
    name: 'the error about a duplicate quotes the key',
    caughtBy: 'secret.errors',
    breaks: ({ store }) => ({
      async issue(grant, credentials) {
        try {
          await store.issue(grant, credentials)
        } catch (error) {
          throw new Error(`duplicate key: ${credentials.map(({ hash }) => hash).join()}`, {
            cause: error,
          })
        }
      },
    }),
  },
]
