import type { Mutant } from '../mutant'
import { operatorVariants } from '../operators'

/** Stores made by an operator: their names, the cases that catch them, and others that may fail. */
const chosen: readonly (readonly [name: string, caughtBy: string, also: readonly string[]])[] = [
  ['getClient(): "metadata" of the client has its dates revived', 'client.values', ['value.*']],
  ['getUser(): "metadata" of the user has its dates revived', 'user.values', []],
  ['listClients() orders everything by locale', 'client.list.order', ['client.*', 'value.*']],
  ['listUsers() orders everything by locale', 'user.list.order', ['user.*', 'value.*']],
  ['listClients() returns 500 entries at most', 'client.list.many', []],
  ['listUsers() returns 500 entries at most', 'user.list.many', []],
  ['listClients() ends if "after" is gone', 'client.list.gone', ['*']],
  ['listUsers() ends if "after" is gone', 'user.list.gone', ['*']],
  ['getClient() keeps what it has not found', 'client.again', ['*']],
  ['getUserByUsername() keeps what it has not found', 'user.again', ['*']],
  ['find() keeps what it has not found', 'access.again', ['*']],
  ['extend() swallows errors', 'access.extend-duplicate', ['*']],
  [
    'revokeAccessToken() also revokes the other access tokens of the grant',
    'access.revoke-one',
    ['expiry.passing'],
  ],
  [
    'revokeAccessToken() also removes a credential of kind used',
    'access.revoke-kind',
    ['expiry.passing'],
  ],
  ['redeem() keeps the marks of the last 1000 redemptions', 'growth.others', ['growth.*']],
  ['getRecord() keeps what it has not found', 'record.again', ['*']],
  ['addRecord() forgets all but the last 1000 keys', 'record.many', []],
  ['getClient(): the id is a number if it looks like one', 'value.numeric', []],
  ['getClient(): the id loses backslashes', 'value.escapes', ['inject.*', 'fuzz.*', 'value.*']],
  [
    'issue(): "expiresAt" of the credential is null if it is 0',
    'expiry.zero',
    ['expiry.*', 'purge.*'],
  ],
]

// Once, since there are thousands.
const made = new Map(operatorVariants().map((one) => [one.name, one]))

export const operatorMutants: Mutant[] = chosen.map(([name, caughtBy, also]) => {
  const found = made.get(name)
  if (!found) throw new Error(`No operator makes: ${name}`)
  return { ...found, caughtBy, also }
})
