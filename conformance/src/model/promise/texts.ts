import type { Texts } from '../case-texts'
import { sharedTexts } from '../shared-texts'

/**
 * What a report on a promise model says differently, by the id of the case: such a model has other
 * functions than a store, and receives tokens, passwords and secrets as they are.
 */
export const promiseTexts: Readonly<Record<string, Partial<Texts>>> = {
  ...sharedTexts,
  'shape.callback': {
    title: 'no function takes a callback',
    why: 'Version 5 passes no callback, so a function that waits to call one never answers.',
    fix: 'Return the result, or a promise of it.',
  },
  'shape.miss': {
    title: 'a look-up of an unknown id, name or token returns nothing',
    fix: 'Return `null` or `undefined` if the database finds nothing, and throw no error: the client would get a server_error.',
  },
  'shape.saved': {
    title: 'saveToken() and saveAuthorizationCode() return what they have saved',
  },
  'shape.owner': {
    title: 'look-ups return the "client" and "user" that the server compares and needs',
  },
  'shape.expires': {
    title: 'every look-up returns its expiry as a valid Date',
    why: 'The server refuses every token and code whose expiry is not a Date.',
    fix: 'Convert in one place, where the function builds its result.',
  },
  'client.find': {
    title: 'getClient() finds a client by its exact id only, with "id" and "redirectUris"',
    fix: 'Compare the id with `===`, and return "id" and "redirectUris" as they were registered.',
  },
  'client.secret.absent': {
    title: 'getClient() finds no confidential client without a secret',
  },
  'client.scope': {
    title: 'validateScope() returns no scope that the client may not have',
  },
  'client.redirect-uri': {
    title: 'validateRedirectUri() accepts registered URIs only, character by character',
  },
  'client.user': {
    title: 'getUserFromClient() returns a user only for a client that has proved its secret',
  },
  'client.grant': {
    title: '"grants" of getClient() has only the types that the client is registered for',
    fix: 'Return the list of this client, as an array of exact strings.',
  },
  'access.find': {
    title:
      'getAccessToken() returns every token that saveToken() has saved, with its client, user and expiry',
    why: 'The server trusts what getAccessToken() returns: the owner of a token and its expiry.',
    fix: 'Save and return all of them: "accessToken", "accessTokenExpiresAt", "client" and "user".',
  },
  'access.scope': {
    title: 'look-ups return the scope of a code or token as it was saved',
  },
  'access.verify-scope': {
    title: 'verifyScope() accepts a token only if it has every needed scope',
  },
  'code.find': {
    title: 'getAuthorizationCode() returns a saved code with its client, user and expiry',
    why: 'RFC 6749 4.1.3: a code that is not bound to its client can be used by another one.',
    fix: 'Return "authorizationCode", "expiresAt" as a Date, "client" and "user".',
  },
  'code.bound': {
    title: 'getAuthorizationCode() returns the redirect URI as it was saved',
  },
  'code.challenge': {
    why: 'RFC 7636 4.6: without "codeChallenge", the server skips PKCE, and a stolen code works.',
    title: 'getAuthorizationCode() returns the PKCE challenge as it was saved',
  },
  'code.consume.second': {
    title: 'revokeAuthorizationCode() returns true once for a code, and false from then on',
    why: 'RFC 6749 4.1.2: if it returns true twice, two callers get tokens for one code.',
    fix: 'Return whether this call has removed the code, such as `rowCount === 1`, and never `true` alone.',
  },
  'refresh.find': {
    title: 'getRefreshToken() returns a saved token with its client, user and expiry',
    fix: 'Return "refreshToken", "refreshTokenExpiresAt" as a Date, "client" and "user".',
  },
  'refresh.revoke': {
    title: 'revokeToken() revokes that refresh token and no other',
  },
  'refresh.rotate.old-dead': {
    title: 'revokeToken() returns true once for a refresh token, and false from then on',
    why: 'RFC 9700 4.14.2: a refresh token that is revoked twice is used twice, once by a thief.',
    fix: 'Return whether this call has removed the token, such as `rowCount === 1`, and never `true` alone.',
  },
  ...onceTexts('code', 'revokeAuthorizationCode() of a code'),
  ...onceTexts('refresh', 'revokeToken() of a refresh token'),
  'expiry.boundary': {
    fix: 'Return a token with the expiry that was saved, and compare it with no clock of your own.',
  },
  'expiry.precision': {
    title: 'look-ups return an expiry to the millisecond, until the year 2100 and beyond',
    fix: 'Use a column with milliseconds, such as a 64-bit integer.',
  },
  'isolate.instances': {
    title: 'every instance finds what another instance has saved',
    why: 'With several servers, a token would work only on the one that has saved it.',
  },
  'secret.generated': {
    title: 'the functions that generate tokens return another unguessable token each time',
  },
  'fault.revoke.reported': {
    title:
      'revokeAuthorizationCode() and revokeToken() do not return true while the database is down',
    why: 'A code or refresh token that is taken for revoked, but is not, can be used again.',
    fix: 'Swallow no error of the database, and return true only for what it has removed.',
  },
  'inject.pattern': {
    why: 'With LIKE or a regular expression, one wildcard character finds the data of another user.',
  },
}

function onceTexts(name: string, act: string): Record<string, Partial<Texts>> {
  const common = {
    why: 'RFC 9700 4.14.2, RFC 6749 4.1.2: if two callers get true, both get tokens, and one of them may be a thief.',
    fix: 'Use one atomic operation of the database, and return whether it has changed something: a DELETE or a conditional UPDATE whose count is checked, or findOneAndDelete(). Do not read first and then write.',
  }
  return {
    [`once.${name}.loser`]: {
      ...common,
      title: `${act}, called by 3 callers at the same time, returns true for exactly one and rejects for none`,
    },
    [`once.${name}.barrier`]: {
      ...common,
      title: `${act}, called by 2 callers that both send a request before either gets a reply, returns true for exactly one`,
    },
    [`once.${name}.stampede`]: {
      ...common,
      title: `${act}, called by 10 and by 50 callers at the same time, returns true for exactly one`,
    },
    [`once.${name}.processes`]: {
      ...common,
      title: `${act}, called by 20 callers at the same time in 4 processes, returns true for exactly one`,
      fix: `${common.fix} A lock in one process does not stop the other processes.`,
    },
  }
}
