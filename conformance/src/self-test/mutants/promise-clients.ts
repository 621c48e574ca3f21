import type { PromiseClient } from '../../reference/promise-model'
import type { Mutant } from '../mutant'
import { changing, changingHit, receiving, replacing, without } from '../promise-answers'

/** Changes the client that is found. */
function returningClient(change: (client: PromiseClient) => unknown): Mutant['promiseModel'] {
  return changingHit('getClient', (client) => change(client))
}

/** Mutants of the clients and users of a promise model. */
export const promiseClientMutants: readonly Mutant[] = [
  ...(
    [
      ['undefined', 'client.secret.absent', (secret: unknown) => secret === undefined],
      ['an empty text', 'client.secret', (secret: unknown) => secret === ''],
      ['falsy', 'client.secret.absent', (secret: unknown) => !secret],
      ['the text "undefined"', 'client.secret.absent', (secret: unknown) => secret === 'undefined'],
    ] as const
  ).map(([what, caughtBy, isUnchecked]): Mutant => ({
    name: `getClient() of a promise model checks no secret that is ${what}`,
    caughtBy,
    promiseModel: receiving('getClient', (id, secret) => [id, isUnchecked(secret) ? null : secret]),
  })),
  {
    name: 'getClient() of a promise model never checks the secret',
    caughtBy: 'client.secret',
    promiseModel: receiving('getClient', (id) => [id, null]),
  },
  {
    name: 'getClient() of a promise model finds no client at the authorization endpoint',
    caughtBy: 'client.find',
    promiseModel: changing('getClient', (client, _id: string, secret: string | null) =>
      secret === null ? null : client,
    ),
  },
  {
    name: 'getClient() of a promise model throws an error for a wrong secret',
    caughtBy: 'client.secret',
    promiseModel: changing('getClient', (client) => {
      if (client) return client
      throw new Error('Invalid client')
    }),
  },
  {
    name: 'getClient() of a promise model returns the grant types as a text',
    caughtBy: 'client.grant',
    promiseModel: returningClient(({ grants, ...client }) => ({
      ...client,
      grants: grants.join(' '),
    })),
  },
  {
    name: 'getClient() of a promise model returns no grant types',
    caughtBy: 'client.grant',
    promiseModel: returningClient((client) => without(client, 'grants')),
  },
  {
    name: 'getClient() of a promise model returns an empty list of grant types',
    caughtBy: 'client.grant',
    promiseModel: returningClient((client) => ({ ...client, grants: [] })),
  },
  {
    name: 'getClient() of a promise model returns the grant types as a set',
    caughtBy: 'client.grant',
    promiseModel: returningClient((client) => ({ ...client, grants: new Set(client.grants) })),
  },
  {
    name: 'getClient() of a promise model returns "clientId" in place of "id"',
    caughtBy: 'client.find',
    promiseModel: returningClient(({ id, ...client }) => ({ ...client, clientId: id })),
  },
  {
    name: 'getClient() of a promise model returns one "id" for both clients',
    caughtBy: 'client.find',
    promiseModel: changingHit('getClient', (client) => ({ ...client, id: client.id.slice(0, -1) })),
  },
  {
    name: 'getClient() of a promise model returns the number of its row as "id"',
    caughtBy: 'client.find',
    promiseModel: returningClient((client) => ({ ...client, id: 7, clientId: client.id })),
  },
  {
    name: 'getClient() of a promise model returns "redirectUri" in place of "redirectUris"',
    caughtBy: 'client.find',
    promiseModel: returningClient(({ redirectUris, ...client }) => ({
      ...client,
      redirectUri: redirectUris[0],
    })),
  },
  {
    name: 'getClient() of a promise model returns the redirect URIs as JSON',
    caughtBy: 'client.find',
    promiseModel: returningClient((client) => ({
      ...client,
      redirectUris: JSON.stringify(client.redirectUris),
    })),
  },
  {
    name: 'getClient() of a promise model returns the list of all clients with this id',
    caughtBy: 'shape.miss',
    promiseModel: changing('getClient', (client) => (client ? [client] : [])),
  },
  {
    name: 'getUser() of a promise model checks no password',
    caughtBy: 'user.round-trip',
    promiseModel: replacing(({ shelf }) => ({
      async getUser(username: string) {
        const text = await shelf.get(`user:${username}`)
        return text !== null && { id: (JSON.parse(text) as { id: unknown }).id }
      },
    })),
  },
  {
    name: 'getUser() of a promise model takes a callback, and returns nothing',
    caughtBy: 'user.round-trip',
    promiseModel: replacing(({ model }) => ({
      getUser(username: string, password: string, callback?: unknown) {
        void model.getUser(username, password).then((user) => {
          if (typeof callback === 'function') callback(null, user)
        })
      },
    })),
  },
  {
    name: 'getUser() of a promise model throws an error for a wrong password',
    caughtBy: 'shape.miss',
    promiseModel: changing('getUser', (user) => {
      if (user) return user
      throw new Error('Wrong password')
    }),
  },
  {
    name: 'getUserFromClient() of a promise model returns one user for all clients',
    caughtBy: 'client.user',
    promiseModel: replacing(() => {
      let first: unknown
      return { getUserFromClient: async ({ id }: { id: string }) => (first ??= { id }) }
    }),
  },
]
