import type { Case } from '../case'
import type { Texts } from './case-texts'
import type { ModelContractName } from './contracts'
import { promiseTexts } from './promise/texts'

/**
 * What a report on a 2.4 model says differently, by the id of the case: such a model has other
 * functions than a store, and receives tokens, passwords and secrets as they are.
 */
export const callbackTexts: Readonly<Record<string, Partial<Texts>>> = {
  'shape.callback': {
    title: 'every function settles exactly once, by its callback or its promise',
  },
  'shape.methods': {
    title: 'the model has every function that one of its grant types needs',
    fix: 'Add the function, or leave out the first function of that grant type.',
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
  'client.secret': {
    title: 'getClient() refuses a wrong or empty client secret, and accepts the right one',
    fix: 'Compare the secret unless it is `null`, and return nothing if it is wrong.',
  },
  'client.grant': {
    title: 'grantTypeAllowed() allows only the types that the client is registered for',
    fix: 'Look the type up in the list of this client with `===`, and allow nothing else.',
  },
  'user.round-trip': {
    title: 'getUser() returns the user with this exact name and password, and no other',
    fix: 'Compare names byte for byte: use a binary collation, no trimming and no normalisation.',
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
  'access.several': {
    title: 'every one of many saved tokens is found, each with its own client, user and expiry',
    why: 'A token that is missing, or has the user of another one, signs in the wrong person or no one.',
    fix: 'Insert a new entry for each token; replace no other one.',
  },
  'code.find': {
    why: 'RFC 6749 4.1.3: a code that is not bound to its client can be used by another one.',
  },
  'expiry.boundary': {
    fix: 'Return a token with the "expires" that was saved, and compare it with no clock of your own.',
  },
  'expiry.passing': {
    why: 'RFC 6749 5.1: a client would be signed out before the time that it was told.',
    fix: 'Remove a token by its own expiry only; give caches no life of their own.',
  },
  'expiry.precision': {
    title: 'look-ups return "expires" to the millisecond, until the year 2100 and beyond',
    fix: 'Use a column with milliseconds, such as a 64-bit integer.',
  },
  'expiry.null': {
    title: 'a token that was saved with an "expires" of null is returned with null',
    fix: 'Use a nullable column, and pass null through.',
  },
  'expiry.past': {
    title: 'the save functions accept an expiry that is now or in the past',
  },
  'value.aliasing': {
    title:
      'changing an object that was passed to the model, or returned by it, changes no stored data',
    why: 'One request could change the token, client or user that another request is checked against.',
  },
  'isolate.tenant': {
    title: 'a model does not see the data of another namespace, and both may use the same ids',
    why: 'A tenant could read or change the data of another tenant that uses the same ids.',
  },
  'isolate.instances': {
    why: 'With several servers, a token would work only on the one that has saved it.',
  },
  'secret.at-rest': {
    fix: 'Save a digest of each token, such as its SHA-256, and look it up by that; log no request.',
  },
  'secret.password': {
    title: 'getUser() checks the password, which no saved token contains',
    why: 'OWASP: a password that is stored, or stored without a slow salted digest, can be read from a backup.',
    fix: 'Return a user without its password: the server passes it on to the save functions.',
  },
  'fault.error-not-miss': {
    title: 'every function reports an error while the database is down, and works again afterwards',
  },
  'inject.pattern': {
    why: 'With LIKE or KEYS, one wildcard character finds the data of another user.',
  },
  'revoke.idempotent': {
    title: 'revokeRefreshToken() of an unknown or already revoked token reports no error',
    fix: 'Treat zero deleted entries as success.',
  },
  'revoke.stays': {
    fix: 'Update only what exists, and write nothing back that was read before.',
  },
  'revoke.everywhere': {
    title: 'getRefreshToken() in one instance sees what another instance has revoked',
    fix: 'Use no cache before the database, or one that asks the database about every token.',
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
