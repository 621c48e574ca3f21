import type { Client, User } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

export const clientAndUserMutants: Mutant[] = [
  {
    name: 'createClient() loses a lifetime of null',
    caughtBy: 'client.round-trip',
    also: ['client.*'],
    breaks: ({ store }) => ({
      createClient: ({ accessTokenLifetime, ...client }) =>
        store.createClient(
          (accessTokenLifetime ?? null) === null ? client : { ...client, accessTokenLifetime },
        ),
    }),
  },
  {
    name: 'updateClient() merges the new client into the previous one',
    caughtBy: 'client.replace',
    also: ['client.retry', 'client.update', 'client.values'],
    breaks: ({ store }) => ({
      updateClient: async (client, version) =>
        store.updateClient({ ...(await store.getClient(client.id)), ...client }, version),
    }),
  },
  {
    name: 'createClient() replaces an existing client',
    caughtBy: 'client.create',
    also: ['client.*', 'once.create-client.*', 'fuzz.*'],
    breaks: ({ run }) => ({
      async createClient(client) {
        await run({ do: 'put', table: 'clients', row: client })
        return true
      },
    }),
  },
  {
    name: 'createClient() returns true for an existing id',
    caughtBy: 'client.create',
    also: ['client.retry', 'once.create-client.*', 'client.everywhere'],
    breaks: ({ store }) => ({
      async createClient(client) {
        await store.createClient(client)
        return true
      },
    }),
  },
  {
    name: 'updateClient() ignores the version',
    caughtBy: 'client.update',
    also: ['client.*', 'once.update-client.*', 'shape.answers', 'issue.*', 'isolate.tenant'],
    breaks: ({ run }) => ({
      async updateClient(client) {
        const { id } = client
        await run({ do: 'remove', table: 'clients', where: { id } })
        await run({ do: 'put', table: 'clients', row: client })
        return true
      },
    }),
  },
  {
    name: 'updateClient() ignores spaces around the version',
    caughtBy: 'client.update',
    breaks: ({ store }) => ({
      updateClient: (client, version) => store.updateClient(client, version.trim()),
    }),
  },
  {
    name: 'updateClient() creates a deleted client again',
    caughtBy: 'client.update-deleted',
    also: ['shape.answers', 'isolate.tenant'],
    breaks: ({ store }) => ({
      async updateClient(client, version) {
        if (await store.getClient(client.id)) return store.updateClient(client, version)
        return store.createClient(client)
      },
    }),
  },
  {
    name: 'updateClient() from version "" creates the client',
    caughtBy: 'client.update-deleted',
    breaks: ({ store }) => ({
      updateClient: (client, version) =>
        version === '' ? store.createClient(client) : store.updateClient(client, version),
    }),
  },
  {
    name: 'updateClient() returns false for a retry',
    caughtBy: 'client.retry',
    breaks: ({ store, run }) => ({
      async updateClient(client, version) {
        const before = await run<Client | null>({ do: 'get', table: 'clients', key: client.id })
        const changed = await store.updateClient(client, version)
        return changed && before?.version !== client.version
      },
    }),
  },
  {
    name: 'createClient() returns false for a retry',
    caughtBy: 'client.retry',
    breaks: ({ store, run }) => ({
      async createClient(client) {
        if (await run({ do: 'get', table: 'clients', key: client.id })) return false
        return store.createClient(client)
      },
    }),
  },
  {
    name: 'deleteClient() rejects for an unknown id',
    caughtBy: 'client.delete',
    also: [
      'shape.promises',
      'inject.*',
      'isolate.purge',
      'value.*',
      'fault.*',
      'expiry.*',
      'revoke.near',
      'revoke.race',
    ],
    breaks: ({ store }) => ({
      async deleteClient(id) {
        if (!(await store.getClient(id))) throw new Error('Unknown client')
        await store.deleteClient(id)
      },
    }),
  },
  {
    name: 'deleteClient() does not revoke the grants of the client',
    caughtBy: 'client.delete-grants',
    // Without a type check, undefined deletes every client.
    also: ['inject.operator', 'issue.*', 'expiry.passing', 'revoke.near', 'revoke.race'],
    breaks: ({ run }) => ({
      deleteClient: async (id) => {
        await run({ do: 'remove', table: 'clients', where: { id } })
      },
    }),
  },
  {
    name: 'listClients() repeats the last client of the previous page',
    caughtBy: 'client.list',
    also: ['value.*', 'client.*'],
    breaks: ({ store }) => ({
      async listClients({ after, limit }) {
        const last = after === undefined ? null : await store.getClient(after)
        const rest = await store.listClients(after === undefined ? { limit } : { after, limit })
        return (last ? [last, ...rest] : rest).slice(0, limit)
      },
    }),
  },
  {
    name: 'getClient() loses the hash of the secret, so an empty secret is accepted',
    caughtBy: 'client.secret',
    also: [
      'client.*',
      'code.*',
      'grant.*',
      'refresh.rotate.engine',
      'secret.*',
      'expiry.boundary',
      'value.*',
      'isolate.*',
      'inject.*',
      'user.*',
      'once.*',
      'record.apart',
      'expiry.passing',
    ],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) => client && { ...client, secretHash: null }),
    }),
  },
  {
    name: 'getClient() turns an empty list of grant types into one that allows any',
    caughtBy: 'client.grant',
    also: ['client.round-trip', 'client.values'],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) =>
        client?.grantTypes.length === 0
          ? { ...client, grantTypes: ['client_credentials'] }
          : client,
      ),
    }),
  },
  {
    name: 'getUserByUsername() ignores upper and lower case',
    caughtBy: 'user.round-trip',
    also: ['value.case', 'budget.index'],
    breaks: ({ run }) => ({
      async getUserByUsername(username) {
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
    name: 'updateUser() does not free the previous username',
    caughtBy: 'user.replace',
    also: ['user.*'],
    breaks: ({ store, run }) => ({
      async updateUser(user, version) {
        const before = await run<User | null>({ do: 'get', table: 'users', key: user.id })
        const changed = await store.updateUser(user, version)
        if (changed && before && before.username !== user.username) {
          await run({ do: 'put', table: 'users', row: { ...before, id: `${before.id}-before` } })
        }
        return changed
      },
    }),
  },
  {
    name: 'createUser() checks the username before the write instead of by a unique index',
    caughtBy: 'user.unique',
    also: ['once.create-user.*'],
    breaks: ({ store, run }) => ({
      async createUser(user) {
        if (await store.getUserByUsername(user.username)) return store.createUser(user)
        if (await run({ do: 'get', table: 'users', key: user.id })) return store.createUser(user)
        if (await run({ do: 'get', table: 'marks', key: user.id })) return false
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'createUser() rejects if another user has the username',
    caughtBy: 'user.unique',
    breaks: ({ store }) => ({
      async createUser(user) {
        const owner = await store.getUserByUsername(user.username)
        if (owner && owner.id !== user.id) throw new Error('The username is taken')
        return store.createUser(user)
      },
    }),
  },
  {
    name: 'updateUser() accepts the username of another user',
    caughtBy: 'user.unique',
    also: ['once.update-user.*', 'fuzz.*', 'user.replace', 'user.race'],
    breaks: ({ store, run }) => ({
      async updateUser(user, version) {
        const current = await store.getUser(user.id)
        if (current?.version !== version) return store.updateUser(user, version)
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'createUser() replaces an existing user',
    caughtBy: 'user.create',
    also: ['user.*', 'once.create-user.*', 'purge.marks', 'issue.everywhere'],
    breaks: ({ run, store }) => ({
      async createUser(user) {
        const owner = await store.getUserByUsername(user.username)
        if (owner && owner.id !== user.id) return store.createUser(user)
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'updateUser() ignores the version',
    caughtBy: 'user.update',
    also: ['user.*', 'once.update-user.*'],
    breaks: ({ store }) => ({
      async updateUser(user, version) {
        const current = await store.getUser(user.id)
        return store.updateUser(user, current?.version ?? version)
      },
    }),
  },
  {
    name: 'updateUser() returns false for a retry',
    caughtBy: 'user.retry',
    breaks: ({ store }) => ({
      async updateUser(user, version) {
        const before = await store.getUser(user.id)
        return (await store.updateUser(user, version)) && before?.version !== user.version
      },
    }),
  },
  {
    name: 'createUser() returns false for a retry',
    caughtBy: 'user.retry',
    breaks: ({ store }) => ({
      async createUser(user) {
        if (await store.getUserByUsername(user.username)) return false
        return store.createUser(user)
      },
    }),
  },
  {
    name: 'updateUser() creates a deleted user again',
    caughtBy: 'user.update-deleted',
    also: ['isolate.tenant'],
    breaks: ({ store, run }) => ({
      async updateUser(user, version) {
        if (await store.getUser(user.id)) return store.updateUser(user, version)
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'updateUser() from version "" creates the user',
    caughtBy: 'user.update-deleted',
    breaks: ({ store }) => ({
      updateUser: (user, version) =>
        version === '' ? store.createUser(user) : store.updateUser(user, version),
    }),
  },
  {
    name: 'createUser() ignores the mark of a deleted user',
    caughtBy: 'user.update-deleted',
    also: ['purge.marks', 'issue.everywhere'],
    breaks: ({ store, run }) => ({
      async createUser(user) {
        if (!(await run({ do: 'get', table: 'marks', key: user.id }))) return store.createUser(user)
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'the mark of a deleted user also blocks the username',
    caughtBy: 'user.update-deleted',
    also: ['issue.user-gone', 'user.replace'],
    breaks: ({ store, run }) => ({
      async createUser(user) {
        if (await run({ do: 'get', table: 'marks', key: user.username })) return false
        return store.createUser(user)
      },
      async deleteUser(id, markUntil) {
        const user = await store.getUser(id)
        await store.deleteUser(id, markUntil)
        const row = { id: user?.username, until: markUntil }
        if (user) await run({ do: 'put', table: 'marks', row })
      },
    }),
  },
  {
    name: 'listUsers() repeats the last user of the previous page',
    caughtBy: 'user.list',
    also: ['value.*', 'user.*'],
    breaks: ({ store }) => ({
      async listUsers(page) {
        const last = page.after === undefined ? null : await store.getUser(page.after)
        const rest = await store.listUsers(page)
        return (last ? [last, ...rest] : rest).slice(0, page.limit)
      },
    }),
  },
  {
    name: 'listUsers() returns users in the order of their creation',
    caughtBy: 'user.list',
    also: ['value.*', 'user.*'],
    breaks: ({ run }) => ({
      async listUsers({ after, limit }) {
        const users = await run<User[]>({ do: 'select', table: 'users', where: {} })
        return users.filter(({ id }) => after === undefined || id > after).slice(0, limit)
      },
    }),
  },
  {
    name: 'deleteUser() does not revoke the grants of the user',
    caughtBy: 'user.delete',
    also: ['issue.*', 'expiry.passing', 'revoke.near', 'revoke.race'],
    breaks: ({ run }) => ({
      deleteUser: async (id, markUntil) => {
        await run({ do: 'call', procedure: 'removeUser', args: [id, markUntil] })
      },
    }),
  },
  {
    name: 'createUser() cuts the password hash to 64 characters',
    caughtBy: 'secret.password',
    also: ['user.values'],
    breaks: ({ store }) => ({
      createUser: (user) =>
        store.createUser({ ...user, passwordHash: user.passwordHash.slice(0, 64) }),
    }),
  },
  {
    name: 'createClient() cuts the secret hash to 100 characters',
    caughtBy: 'secret.chosen',
    also: ['client.values'],
    breaks: ({ store }) => ({
      createClient: (client: Client) =>
        store.createClient({ ...client, secretHash: client.secretHash?.slice(0, 100) ?? null }),
    }),
  },
  {
    name: 'issue() quotes the hash in its error for a duplicate',
    caughtBy: 'secret.errors',
    breaks: ({ store }) => ({
      async issue(grant, credentials, conditions) {
        try {
          return await store.issue(grant, credentials, conditions)
        } catch (error) {
          throw new Error(`duplicate key: ${credentials.map(({ hash }) => hash).join()}`, {
            cause: error,
          })
        }
      },
    }),
  },
]
