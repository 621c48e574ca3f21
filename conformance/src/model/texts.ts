import type { Case } from '../case'
import type { Texts } from './case-texts'
import type { ModelContractName } from './contracts'
import { promiseTexts } from './promise/texts'
import { sharedTexts } from './shared-texts'

/**
 * What a report on a 2.4 model says differently, by the id of the case: such a model has other
 * functions than a store, and receives tokens, passwords and secrets as they are.
 */
export const callbackTexts: Readonly<Record<string, Partial<Texts>>> = {
  ...sharedTexts,
  'shape.callback': {
    title: 'every function settles exactly once, by its callback or its promise',
  },
  'shape.miss': {
    title: 'a look-up of an unknown id, name or token returns nothing',
    fix: 'Pass `null` or nothing to the callback if the database finds nothing, and build a result only from what it has found.',
  },
  'shape.expires': {
    title: 'every look-up returns "expires" as a valid Date',
    why: 'A text or an invalid Date compares with the clock as never expired, or fails the request.',
    fix: 'Convert in one place, where the function builds its result.',
  },
  'client.grant': {
    title: 'grantTypeAllowed() allows only the types that the client is registered for',
    fix: 'Look the type up in the list of this client with `===`, and allow nothing else.',
  },
  'user.extension': {
    title: 'extendedGrant() refuses unknown types and forged assertions',
    fix: 'Compare the type with `===`, and verify the assertion before you return a user.',
  },
  'access.find': {
    title:
      'getAccessToken() returns every token that saveAccessToken() has saved, with its client, user and expiry',
    why: 'The server trusts what getAccessToken() returns: the owner of a token and its expiry.',
    fix: 'Save and return all of them: the token, "clientId", "expires", and "user" or "userId".',
  },
  'code.find': {
    why: 'RFC 6749 4.1.3: a code that is not bound to its client can be used by another one.',
  },
  'expiry.boundary': {
    fix: 'Return a token with the "expires" that was saved, and compare it with no clock of your own.',
  },
  'expiry.precision': {
    title: 'look-ups return "expires" to the millisecond, until the year 2100 and beyond',
    fix: 'Use a column with milliseconds, such as a 64-bit integer.',
  },
  'expiry.null': {
    title: 'a token that was saved with an "expires" of null is returned with null',
    fix: 'Use a nullable column, and pass null through.',
  },
  'isolate.instances': {
    why: 'With several servers, a token would work only on the one that has saved it.',
  },
  'inject.pattern': {
    why: 'With LIKE or KEYS, one wildcard character finds the data of another user.',
  },
  'revoke.idempotent': {
    title: 'revokeRefreshToken() of an unknown or already revoked token reports no error',
    fix: 'Treat zero deleted entries as success.',
  },
}

/** What a report on a model of each contract says differently. */
export const textsOf: Readonly<
  Record<ModelContractName, Readonly<Record<string, Partial<Texts>>>>
> = { '2.4': callbackTexts, promise: promiseTexts }

/** Returns the case with the texts for a report on a model of that contract. */
export function forModel(one: Case, contract: ModelContractName): Case {
  const texts = textsOf[contract][one.id]
  return texts && one.models?.[contract] ? Object.freeze({ ...one, ...texts }) : one
}
