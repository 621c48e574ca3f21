import { referenceModel } from '../../reference/model'
import { asPromiseModel } from '../as-promise-model'
import type { Mutant } from '../mutant'
import { modelMutants } from './model'

/** Cases about what a promise model does not do: it takes no callback and no extension grant. */
const callbacksOnly: ReadonlySet<string> = new Set(['shape.callback', 'user.extension'])

/** Mutants of 2.4 models that are right as promise models, or that can't be one. */
const harmless: readonly RegExp[] = [
  // Clients have a list of grant types, which the server itself searches.
  /grantTypeAllowed\(\) .*(?:compares|allows the members|inherited|ignores|list of types|pattern|look up|asked first|share)/,
  /shares grant types/,
  // A promise model keeps nothing forever.
  /null|never expires?|without an expiry/,
  // The adapter makes a client of its own for each call.
  /getClient\(\) .*(?:same object|has authenticated)/,
  /grantTypeAllowed\(\) .*converts a grant type/,
  // getUserFromClient() receives a client that was authenticated before, and no server reads the id.
  /getUserFromClient\(\) .*(?:secret|without their case|without an id|share a query)/,
  // The server revokes only what it has found, and the adapter lets one call at a time revoke it.
  /revokeRefreshToken\(\) .*(?:for an unknown token|reads a pattern|is an error)/,
  /second namespace of a 2.4 model revokes/,
  // A promise model receives only clients and users that it has returned.
  /drops the token of an unknown client/,
  // Both tokens are saved in one call.
  /also changes the last access token/,
  // A server compares only what getClient() returns, always and for each client alike.
  /getClient\(\) .*returns the id in lower case/,
  // There is no request.
  /for each request/,
]

/** What the contracts call differently, in the names of the mutants. */
const terms: readonly [inModel: RegExp, inPromiseModel: string][] = [
  [/of a 2\.4 model/g, 'of a promise model'],
  [/\ba 2\.4 model\b/g, 'a promise model'],
  [/getAuthCode/g, 'getAuthorizationCode'],
  [/saveAuthCode/g, 'saveAuthorizationCode'],
  [/saveAccessToken\(\)/g, 'saveToken()'],
  [/saveRefreshToken\(\)/g, 'saveToken(), for refresh tokens,'],
  [/revokeRefreshToken/g, 'revokeToken'],
  [/grantTypeAllowed\(\)/g, '"grants" of getClient()'],
  [/generateToken\(\)/g, 'the generator'],
  [/calls back/g, 'resolves'],
]

/** Every mutant of a 2.4 model that is one in this contract too, presented as a promise model. */
export const promiseAdaptedMutants: readonly Mutant[] = modelMutants
  .filter(
    ({ caughtBy, name }) => !callbacksOnly.has(caughtBy) && !harmless.some((one) => one.test(name)),
  )
  .map((mutant) => ({
    name: terms.reduce((text, [term, other]) => text.replaceAll(term, other), mutant.name),
    caughtBy: mutant.caughtBy,
    promiseModel({ content, entries }) {
      const right = referenceModel(content)
      return asPromiseModel({ ...right, ...mutant.breaksModel!(right, content) }, content, entries)
    },
  }))
