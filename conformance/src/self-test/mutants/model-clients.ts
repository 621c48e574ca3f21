import type { Mutant } from '../mutant'
import { alsoTries, changed, comparedAs, looseForms, secretsOf } from './model-answers'
import { withArguments } from './model-answers'

interface Client {
  clientId: string
  redirectUri: string
}

/** Mutants of the client functions of a 2.4 model. */
export const modelClientMutants: readonly Mutant[] = [
  {
    name: 'getClient() of a 2.4 model compares ids without their case',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }, { clients }) => ({
      getClient: comparedAs(
        getClient,
        0,
        () => clients.keys(),
        (id) => id.toLowerCase(),
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model trims ids',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }) => ({
      getClient: withArguments(getClient, (id: unknown, secret: unknown) => [
        typeof id === 'string' ? id.trim() : id,
        secret,
      ]),
    }),
  },
  {
    name: 'getClient() of a 2.4 model finds a client by the start of its id',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }, { clients }) => ({
      getClient: alsoTries(getClient, (id: unknown, secret: unknown) =>
        [...clients.keys()]
          .filter((one) => typeof id === 'string' && id.length > 4 && one.startsWith(id))
          .map((one) => [one, secret]),
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model also finds a client by its redirect URI',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }, { clients }) => ({
      getClient: alsoTries(getClient, (id: unknown, secret: unknown) =>
        [...clients]
          .filter(([, { redirectUri }]) => redirectUri === id)
          .map(([one]) => [one, secret]),
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model returns the id in lower case',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }) => ({
      getClient: changed(
        getClient,
        (client: Client | null) => client && { ...client, clientId: client.clientId.toLowerCase() },
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model returns no "clientId"',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }) => ({
      getClient: changed(
        getClient,
        (client: Client | null) => client && { redirectUri: client.redirectUri },
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model returns the redirect URI without its query',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }) => ({
      getClient: changed(
        getClient,
        (client: Client | null) =>
          client && { ...client, redirectUri: client.redirectUri.split('?')[0] },
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model splits the redirect URI at commas',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }) => ({
      getClient: changed(
        getClient,
        (client: Client | null) =>
          client && { ...client, redirectUri: client.redirectUri.split(',') },
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model returns the redirect URIs of all clients',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }, { clients }) => ({
      getClient: changed(
        getClient,
        (client: Client | null) =>
          client && { ...client, redirectUri: [...clients.values()].map((one) => one.redirectUri) },
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model returns a redirect URI only with a secret',
    caughtBy: 'client.find',
    breaksModel: ({ getClient }) => ({
      getClient: changed(getClient, (client: Client | null, _id: string, secret: string | null) =>
        client && secret === null ? { clientId: client.clientId } : client,
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model remembers the first client that it has found',
    caughtBy: 'client.find',
    breaksModel({ getClient }) {
      let first: Client | null = null
      return {
        getClient: changed(getClient, (client: Client | null) => client && (first ??= client)),
      }
    },
  },
  {
    name: 'getClient() of a 2.4 model accepts an empty secret: it is not compared',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }) => ({
      getClient: (id, secret, callback) => getClient(id, secret === '' ? null : secret, callback),
    }),
  },
  ...looseForms.map(([how, form]): Mutant => ({
    name: `getClient() of a 2.4 model compares the secret ${how}`,
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }, content) => ({
      getClient: comparedAs(getClient, 1, () => secretsOf(content), form),
    }),
  })),
  {
    name: 'getClient() of a 2.4 model accepts the stored hash as the secret',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }, { clients }) => ({
      getClient: alsoTries(getClient, (id: string, secret: unknown) =>
        clients.get(id)?.secret === secret ? [[id, null]] : [],
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model accepts the secret of any client',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }, content) => ({
      getClient: alsoTries(getClient, (id: string, secret: string) =>
        secretsOf(content).includes(secret) ? [[id, null]] : [],
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model checks the secret of the second client only',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }) => ({
      getClient: withArguments(getClient, (id: unknown, secret: unknown) => [
        id,
        String(id).endsWith('1') ? null : secret,
      ]),
    }),
  },
  {
    name: 'getClient() of a 2.4 model checks no secret of a client that was found before',
    caughtBy: 'client.secret',
    breaksModel({ getClient }) {
      const cache = new Map<unknown, unknown>()
      return {
        getClient: changed(getClient, (client: Client | null, id: string) => {
          if (client) cache.set(id, client)
          return client ?? cache.get(id) ?? null
        }),
      }
    },
  },
  {
    name: 'getClient() of a 2.4 model remembers a client that was not found',
    caughtBy: 'client.secret',
    breaksModel({ getClient }) {
      const missed = new Set<unknown>()
      return {
        getClient: changed(getClient, (client: Client | null, id: string) => {
          if (!client) missed.add(id)
          return missed.has(id) ? null : client
        }),
      }
    },
  },
  {
    name: 'getClient() of a 2.4 model returns the same object each time',
    caughtBy: 'value.aliasing',
    breaksModel({ getClient }) {
      const kept = new Map<string, Client>()
      return {
        getClient: changed(getClient, (client: Client | null, id: string) => {
          if (client && !kept.has(id)) kept.set(id, client)
          return client && kept.get(id)
        }),
      }
    },
  },
  {
    name: 'two simultaneous calls of getClient() of a 2.4 model share a variable',
    caughtBy: 'client.secret',
    breaksModel({ getClient }) {
      let last: string | null = ''
      return {
        getClient(id, secret, callback) {
          last = secret
          setImmediate(() => getClient(id, last, callback))
        },
      }
    },
  },
]
