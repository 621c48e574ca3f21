import type { Callback, Model } from '@oauth2-kit/core'
import { runConformance } from '../src'
import { newModelContent, referenceModel, seedModel } from '../src/reference/model'
import { causesOf } from '../src/reporters/causes'

type Fn = (...args: unknown[]) => unknown

/** Returns a function whose result is what `change` returns for the right one. */
function changing(right: Fn, change: (found: unknown) => unknown): never {
  const changed: Fn = (...args) => {
    const callback = args.at(-1) as Callback
    return right(...args.slice(0, -1), (error: null, found: unknown) =>
      callback(error, change(found)),
    )
  }
  return changed as never
}

function withoutSecret(right: Fn): never {
  const changed: Fn = (id, _secret, callback) => right(id, null, callback)
  return changed as never
}

const settled: Fn = (...args) => (args.at(-1) as Fn)(null)

function withTextAsExpiry(found: unknown): unknown {
  return found && { ...found, expires: 'Tue, 1 Dec' }
}

/** Models with one defect, each with the case that is about it. */
const models: [string, string, (right: Required<Model>) => Partial<Model>][] = [
  [
    'revokeRefreshToken() that does nothing',
    'refresh.revoke',
    () => ({ revokeRefreshToken: settled }),
  ],
  [
    'grantTypeAllowed() that is always true',
    'client.grant',
    (right) => ({ grantTypeAllowed: changing(right.grantTypeAllowed as Fn, () => true) }),
  ],
  [
    'expiries as text in every look-up',
    'shape.expires',
    (right) => ({
      getAccessToken: changing(right.getAccessToken as Fn, withTextAsExpiry),
      getAuthCode: changing(right.getAuthCode as Fn, withTextAsExpiry),
      getRefreshToken: changing(right.getRefreshToken as Fn, withTextAsExpiry),
    }),
  ],
  [
    'getClient() that does not check the secret',
    'client.secret',
    (right) => ({ getClient: withoutSecret(right.getClient as Fn) }),
  ],
  [
    'getAuthCode() that finds nothing',
    'code.find',
    (right) => ({ getAuthCode: changing(right.getAuthCode as Fn, () => null) }),
  ],
  [
    'getRefreshToken() that finds nothing',
    'refresh.find',
    (right) => ({ getRefreshToken: changing(right.getRefreshToken as Fn, () => null) }),
  ],
  [
    'getAccessToken() that finds nothing',
    'access.find',
    (right) => ({ getAccessToken: changing(right.getAccessToken as Fn, () => null) }),
  ],
  ['saveAccessToken() that does nothing', 'access.find', () => ({ saveAccessToken: settled })],
  [
    'getUser() that finds nothing',
    'user.round-trip',
    (right) => ({ getUser: changing(right.getUser as Fn, () => null) }),
  ],
  [
    'getUserFromClient() that finds a user for any client',
    'client.user',
    (right) => ({ getUserFromClient: changing(right.getUserFromClient as Fn, () => ({ id: 1 })) }),
  ],
]

describe('the report on a 2.4 model', () => {
  it.each(models)('with %s begins with %s', async (_, id, breaks) => {
    const content = newModelContent()
    const right = referenceModel(content)
    const report = await runConformance({
      name: 'a model',
      create: () => ({ model: { ...right, ...breaks(right) } }),
      seed: (data) => seedModel(content, data),
    })
    const causes = causesOf(report.verdicts)
    expect(causes.map(({ first }) => first.case.id)).toEqual([id])
    expect(causes[0]!.followers.length).toBeGreaterThan(0)
  })
})
