import type { Client, User } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

export const clientAndUserMutants: Mutant[] = [
  {
    name: 'a lifetime of null gets lost',
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
    name: 'changing a client merges it into the one before',
    caughtBy: 'client.replace',
    also: ['client.retry', 'client.update'],
    breaks: ({ store }) => ({
      updateClient: async (client, version) =>
        store.updateClient({ ...(await store.getClient(client.id)), ...client }, version),
    }),
  },
  {
    name: 'creating a client replaces the one of that id',
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
    name: 'a client that exists is created, as far as the caller is told',
    caughtBy: 'client.create',
    also: ['client.retry', 'once.create-client.*'],
    breaks: ({ store }) => ({
      async createClient(client) {
        await store.createClient(client)
        return true
      },
    }),
  },
  {
    name: 'a change of a client looks at no version',
    caughtBy: 'client.update',
    also: ['client.*', 'once.update-client.*', 'shape.answers', 'issue.*'],
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
    name: 'a version of a client is compared without spaces',
    caughtBy: 'client.update',
    breaks: ({ store }) => ({
      updateClient: (client, version) => store.updateClient(client, version.trim()),
    }),
  },
  {
    name: 'a change of a client that is gone brings it back',
    caughtBy: 'client.update-deleted',
    also: ['shape.answers'],
    breaks: ({ store }) => ({
      async updateClient(client, version) {
        if (await store.getClient(client.id)) return store.updateClient(client, version)
        return store.createClient(client)
      },
    }),
  },
  {
    name: 'the empty version of a client stands for "none yet"',
    caughtBy: 'client.update-deleted',
    breaks: ({ store }) => ({
      updateClient: (client, version) =>
        version === '' ? store.createClient(client) : store.updateClient(client, version),
    }),
  },
  {
    name: 'the retry of a change of a client is a conflict',
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
    name: 'the retry of the creation of a client is a conflict',
    caughtBy: 'client.retry',
    breaks: ({ store, run }) => ({
      async createClient(client) {
        if (await run({ do: 'get', table: 'clients', key: client.id })) return false
        return store.createClient(client)
      },
    }),
  },
  {
    name: 'deleting an unknown client is an error',
    caughtBy: 'client.delete',
    also: ['shape.promises', 'inject.*', 'isolate.purge', 'value.*', 'fault.*', 'expiry.*'],
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
    also: ['inject.operator', 'issue.*'],
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
        client?.grantTypes.length === 0
          ? { ...client, grantTypes: ['client_credentials'] }
          : client,
      ),
    }),
  },
  {
    name: 'a username finds its user in any case',
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
    name: 'a user is still found by the name it had',
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
    name: 'the uniqueness of a username is looked up, and then relied upon',
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
    name: 'a username that another user has is an error',
    caughtBy: 'user.unique',
    breaks: ({ store }) => ({
      async createUser(user) {
        const owner = await store.getUserByUsername(user.username)
        if (owner && owner.id !== user.id) throw new Error('The name is taken')
        return store.createUser(user)
      },
    }),
  },
  {
    name: 'a change takes the name of another user',
    caughtBy: 'user.unique',
    also: ['once.update-user.*', 'fuzz.*'],
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
    name: 'creating a user replaces the one of that id',
    caughtBy: 'user.create',
    also: ['user.*', 'once.create-user.*', 'purge.marks'],
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
    name: 'a change of a user looks at no version',
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
    name: 'the retry of a change of a user is a conflict',
    caughtBy: 'user.retry',
    breaks: ({ store }) => ({
      async updateUser(user, version) {
        const before = await store.getUser(user.id)
        return (await store.updateUser(user, version)) && before?.version !== user.version
      },
    }),
  },
  {
    name: 'the retry of a sign-up finds the name taken',
    caughtBy: 'user.retry',
    breaks: ({ store }) => ({
      async createUser(user) {
        if (await store.getUserByUsername(user.username)) return false
        return store.createUser(user)
      },
    }),
  },
  {
    name: 'a change of a user who is gone brings the user back',
    caughtBy: 'user.update-deleted',
    breaks: ({ store, run }) => ({
      async updateUser(user, version) {
        if (await store.getUser(user.id)) return store.updateUser(user, version)
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'the empty version of a user stands for "none yet"',
    caughtBy: 'user.update-deleted',
    breaks: ({ store }) => ({
      updateUser: (user, version) =>
        version === '' ? store.createUser(user) : store.updateUser(user, version),
    }),
  },
  {
    name: 'the id of a deleted user is free again at once',
    caughtBy: 'user.update-deleted',
    also: ['purge.marks'],
    breaks: ({ store, run }) => ({
      async createUser(user) {
        if (!(await run({ do: 'get', table: 'marks', key: user.id }))) return store.createUser(user)
        await run({ do: 'put', table: 'users', row: user })
        return true
      },
    }),
  },
  {
    name: 'the mark of a deleted user blocks the username',
    caughtBy: 'user.update-deleted',
    also: ['issue.user-gone'],
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
    name: 'a page of users begins with the last one again',
    caughtBy: 'user.list',
    breaks: ({ store }) => ({
      async listUsers(page) {
        const last = page.after === undefined ? null : await store.getUser(page.after)
        const rest = await store.listUsers(page)
        return (last ? [last, ...rest] : rest).slice(0, page.limit)
      },
    }),
  },
  {
    name: 'users are listed in the order in which they came',
    caughtBy: 'user.list',
    breaks: ({ run }) => ({
      async listUsers({ after, limit }) {
        const users = await run<User[]>({ do: 'select', table: 'users', where: {} })
        return users.filter(({ id }) => after === undefined || id > after).slice(0, limit)
      },
    }),
  },
  {
    name: 'deleting a user leaves the grants',
    caughtBy: 'user.delete',
    also: ['issue.*'],
    breaks: ({ run }) => ({
      deleteUser: async (id, markUntil) => {
        await run({ do: 'call', procedure: 'removeUser', args: [id, markUntil] })
      },
    }),
  },
  {
    name: 'password hash unsalted: cut where the column ends',
    caughtBy: 'secret.password',
    breaks: ({ store }) => ({
      createUser: (user) =>
        store.createUser({ ...user, passwordHash: user.passwordHash.slice(0, 64) }),
    }),
  },
  {
    name: 'a secret hash is cut where the column ends',
    caughtBy: 'secret.chosen',
    breaks: ({ store }) => ({
      createClient: (client: Client) =>
        store.createClient({ ...client, secretHash: client.secretHash?.slice(0, 100) ?? null }),
    }),
  },
  {
    name: 'the error about a duplicate quotes the key',
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
