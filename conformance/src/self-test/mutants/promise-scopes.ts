import { type Scope, knownScopes, partsOf } from '../../reference/promise-model'
import type { Mutant } from '../mutant'
import { changing, replacing } from '../promise-answers'

type Token = { scope?: Scope }

/** Ways to check the scope of a token that accept a wrong one. */
const looseChecks: readonly [what: string, verify: (has: string[], wanted: string[]) => boolean][] =
  [
    [
      'searches each scope in the joined list',
      (has, wanted) => wanted.every((one) => has.join(' ').includes(one)),
    ],
    ['accepts one scope of several', (has, wanted) => wanted.some((one) => has.includes(one))],
    ['compares the number of scopes', (has, wanted) => wanted.length <= has.length],
    [
      'ignores the case of a scope',
      (has, wanted) =>
        wanted.every((one) => has.some((other) => other.toLowerCase() === one.toLowerCase())),
    ],
    [
      'compares the start of a scope',
      (has, wanted) => wanted.every((one) => has.some((other) => one.startsWith(other))),
    ],
    ['accepts every scope', () => true],
    [
      'accepts every scope of a token without one',
      (has, wanted) => has.length === 0 || wanted.every((one) => has.includes(one)),
    ],
    ['refuses every scope', () => false],
    ['checks the first scope only', (has, wanted) => has.includes(wanted[0]!)],
  ]

/** Ways to answer which scope a token may have that grant too much. */
const looseScopes: readonly [what: string, validate: (scope: Scope | undefined) => unknown][] = [
  ['the requested scope', (scope) => scope ?? ['profile']],
  ['every scope that exists', () => [...knownScopes]],
  ['a wildcard', () => '*'],
  ['true', () => true],
  [
    'the requested scope if the first one is known',
    (scope) =>
      scope === undefined ? ['profile'] : knownScopes.includes(partsOf(scope)[0]!) && scope,
  ],
  [
    'the requested scope if a part of the text is known',
    (scope) =>
      scope === undefined
        ? ['profile']
        : partsOf(scope).every((one) => knownScopes.some((known) => one.includes(known))) && scope,
  ],
]

/** Mutants of the scopes of a promise model. */
export const promiseScopeMutants: readonly Mutant[] = [
  ...looseChecks.map(([what, verify]): Mutant => ({
    name: `verifyScope() of a promise model ${what}`,
    caughtBy: 'access.verify-scope',
    promiseModel: replacing(() => ({
      // Without it, the server saves tokens without a scope.
      validateScope: undefined,
      verifyScope: async ({ scope }: Token, wanted: Scope) =>
        verify(partsOf(scope), partsOf(wanted)),
    })),
  })),
  ...looseScopes.map(([what, validate]): Mutant => ({
    name: `validateScope() of a promise model returns ${what}`,
    caughtBy: 'client.scope',
    promiseModel: changing(
      'validateScope',
      (_right, _user: object, _client: object, wanted: Scope | undefined) => validate(wanted),
    ),
  })),
]
