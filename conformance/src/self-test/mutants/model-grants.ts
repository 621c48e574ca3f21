import type { Mutant } from '../mutant'
import { changed, changedHit, comparedAs, secretsOf, settled } from './model-answers'

const list = ['password', 'client_credentials', 'refresh_token', 'authorization_code']

/** Ways to compare a grant type that allow a wrong one. */
const looseGrants: readonly [what: string, isRight: (grant: string) => boolean][] = [
  ['searches the grant type in a joined list', (grant) => list.join(',').includes(grant)],
  ['compares the start of the grant type', (grant) => list.some((one) => grant.startsWith(one))],
  ['allows the members of an array', (grant) => grant in list],
  ['allows inherited members', (grant) => grant in { password: true }],
  ['ignores the case of the grant type', (grant) => list.includes(grant.toLowerCase())],
  ['allows a list of types', (grant) => grant.split(' ').every((one) => list.includes(one))],
  ['reads the grant type as a pattern', (grant) => isPattern(grant)],
]

/** Mutants of what the clients of a 2.4 model may do. */
export const modelGrantMutants: readonly Mutant[] = [
  {
    name: 'grantTypeAllowed() of a 2.4 model allows an unknown grant type',
    caughtBy: 'client.grant',
    breaksModel: () => ({
      grantTypeAllowed: (_clientId, _grantType, callback) => callback(null, true),
    }),
  },
  ...looseGrants.map(([what, isRight]): Mutant => ({
    name: `grantTypeAllowed() of a 2.4 model ${what}`,
    caughtBy: 'client.grant',
    breaksModel: ({ grantTypeAllowed }, { clients }) => ({
      grantTypeAllowed: changed(
        grantTypeAllowed,
        (allowed: boolean, id: string, grant: unknown) =>
          allowed || (clients.has(id) && typeof grant === 'string' && isRight(grant)),
      ),
    }),
  })),
  {
    name: 'grantTypeAllowed() of a 2.4 model does not look up the client',
    caughtBy: 'client.grant',
    breaksModel: () => ({
      grantTypeAllowed: (_id, grant, callback) => callback(null, list.includes(grant)),
    }),
  },
  {
    name: 'grantTypeAllowed() of a 2.4 model does not allow refresh_token',
    caughtBy: 'client.grant',
    breaksModel: ({ grantTypeAllowed }) => ({
      grantTypeAllowed: changed(
        grantTypeAllowed,
        (allowed: boolean, _id: string, grant: string) => allowed && grant !== 'refresh_token',
      ),
    }),
  },
  {
    name: 'grantTypeAllowed() of a 2.4 model applies what it was asked first to every client',
    caughtBy: 'client.grant',
    breaksModel({ grantTypeAllowed }) {
      const cache = new Map<string, boolean>()
      return {
        grantTypeAllowed: changed(
          grantTypeAllowed,
          (allowed: boolean, _id: string, grant: string) => {
            if (!cache.has(grant)) cache.set(grant, allowed)
            return cache.get(grant)
          },
        ),
      }
    },
  },
  {
    name: 'getUserFromClient() of a 2.4 model does not check the secret',
    caughtBy: 'client.user',
    breaksModel: () => ({
      getUserFromClient: (id, _secret, callback) => callback(null, { id: `service-of-${id}` }),
    }),
  },
  {
    name: 'getUserFromClient() of a 2.4 model accepts null as the secret',
    caughtBy: 'client.user',
    breaksModel: ({ getUserFromClient, getClient }) => ({
      getUserFromClient(id, secret, callback) {
        if (secret !== null) return getUserFromClient(id, secret, callback)
        return getClient(id, null, (error, client) => callback(error, client && { id }))
      },
    }),
  },
  {
    name: 'getUserFromClient() of a 2.4 model accepts the secret of another client',
    caughtBy: 'client.user',
    breaksModel: ({ getUserFromClient }, content) => ({
      getUserFromClient: changed(
        getUserFromClient,
        (user: unknown, id: string, secret: string) =>
          user ?? (content.clients.has(id) && secretsOf(content).includes(secret) ? { id } : null),
      ),
    }),
  },
  {
    name: 'getUserFromClient() of a 2.4 model compares ids without their case',
    caughtBy: 'client.user',
    breaksModel: ({ getUserFromClient }, { clients }) => ({
      getUserFromClient: comparedAs(
        getUserFromClient,
        0,
        () => clients.keys(),
        (id) => id.toLowerCase(),
      ),
    }),
  },
  {
    name: 'getUserFromClient() of a 2.4 model returns a user without an id',
    caughtBy: 'client.user',
    breaksModel: ({ getUserFromClient }) => ({
      getUserFromClient: changedHit(getUserFromClient, () => ({ name: 'service' })),
    }),
  },
  {
    name: 'getUserFromClient() of a 2.4 model returns another user each time',
    caughtBy: 'client.user',
    breaksModel({ getUserFromClient }) {
      let count = 0
      return { getUserFromClient: changedHit(getUserFromClient, () => ({ id: `user-${count++}` })) }
    },
  },
  {
    name: 'getUserFromClient() of a 2.4 model reports an error for a wrong secret',
    caughtBy: 'client.user',
    breaksModel: ({ getUserFromClient }) => ({
      getUserFromClient: settled(getUserFromClient, (callback, error, user) =>
        callback(user ? error : new Error('Wrong secret'), user),
      ),
    }),
  },
  {
    name: 'grantTypeAllowed() of a 2.4 model reports an error instead of false',
    caughtBy: 'client.grant',
    breaksModel: ({ grantTypeAllowed }) => ({
      grantTypeAllowed: settled(grantTypeAllowed, (callback, error, allowed) =>
        callback(allowed ? error : new Error('Not allowed'), allowed),
      ),
    }),
  },
]

function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`).test('password')
  } catch {
    return false
  }
}
