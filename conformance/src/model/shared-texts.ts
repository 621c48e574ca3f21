import type { Texts } from './case-texts'

/** What a report on a model of every contract says differently, by the id of the case. */
export const sharedTexts: Readonly<Record<string, Partial<Texts>>> = {
  'shape.methods': {
    title: 'the model has every function that one of its grant types needs',
    fix: 'Add the function, or leave out the first function of that grant type.',
  },
  'client.secret': {
    title: 'getClient() refuses a wrong or empty client secret, and accepts the right one',
    fix: 'Compare the secret unless it is `null`, and return nothing if it is wrong.',
  },
  'user.round-trip': {
    title: 'getUser() returns the user with this exact name and password, and no other',
    fix: 'Compare names byte for byte: use a binary collation, no trimming and no normalisation.',
  },
  'access.several': {
    title: 'every one of many saved tokens is found, each with its own client, user and expiry',
    why: 'A token that is missing, or has the user of another one, signs in the wrong person or no one.',
    fix: 'Insert a new entry for each token; replace no other one.',
  },
  'expiry.passing': {
    why: 'RFC 6749 5.1: a client would be signed out before the time that it was told.',
    fix: 'Remove a token by its own expiry only; give caches no life of their own.',
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
  'revoke.stays': {
    fix: 'Update only what exists, and write nothing back that was read before.',
  },
  'revoke.everywhere': {
    title: 'getRefreshToken() in one instance sees what another instance has revoked',
    fix: 'Use no cache before the database, or one that asks the database about every token.',
  },
}
