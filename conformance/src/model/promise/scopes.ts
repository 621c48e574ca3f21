import { randomBytes } from 'node:crypto'
import { Failure, equal, holds, isSame, show } from '../../expect'
import { hasFunction } from '../contracts/functions'
import { otherCases } from '../near'
import { clientOf, userOf } from '../contracts/promise'
import type { ModelRuns } from '../run'
import type { ModelTrial } from '../trial'
import { aPair, membersOf, savedCode } from './saved'

/** A scope in the form of the server: a list in version 5, a text in versions 3 and 4. */
interface Form {
  (...scopes: string[]): string[] | string
  /** The form, in the words of a report. */
  readonly inWords: string
}

const forms: readonly Form[] = [
  Object.assign((...scopes: string[]) => scopes, { inWords: 'with lists, as version 5' }),
  Object.assign((...scopes: string[]) => scopes.join(' '), {
    inWords: 'with texts, as versions 3 and 4',
  }),
]

/** The checks of scopes and redirect URIs, which servers leave to a promise model. */
export const scopeRuns: ModelRuns = {
  'access.scope': {
    async run(t) {
      const form = await formOf(t)
      const finders: [name: string, member: 'accessToken' | 'refreshToken'][] = [
        ['getAccessToken', 'accessToken'],
        ...(t.has('getRefreshToken')
          ? [['getRefreshToken', 'refreshToken'] as [string, 'refreshToken']]
          : []),
      ]
      for (const scopes of [[scopeOf(t)], [scopeOf(t), 'write']]) {
        const token = await savedWith(t, form(...scopes))
        for (const [name, member] of finders) {
          const { scope } = membersOf(await t.call(name, token[member]), name)
          equal(scope, form(...scopes), `"scope" of ${name}()`)
        }
        equal(token.saved['scope'], form(...scopes), '"scope" of saveToken()')
        if (!t.has('saveAuthCode')) continue
        const { scope } = await savedCode(t, { scope: form(...scopes) })
        equal(scope, form(...scopes), '"scope" of getAuthorizationCode()')
      }
    },
  },

  'access.verify-scope': {
    own: ['verifyScope'],
    run: inForm(verifies, async (t, form) => {
      const scope = scopeOf(t)
      // A model may refuse to save a scope that the client may not have.
      const found = async (...scopes: string[]) => {
        const token = await savedWith(t, form(...scopes)).catch(refusedToken)
        return token && t.call('getAccessToken', token.accessToken)
      }
      const verified = async (token: unknown, ...needed: string[]) =>
        Boolean(await t.call('verifyScope', token, form(...needed)))
      const [one, both] = [await found(scope), await found(scope, `${scope}-x`)]
      for (const token of [one, both].filter(Boolean))
        holds(
          await verified(token, scope),
          `verifyScope() refuses the scope "${scope}" of the token`,
        )
      holds(
        !both || (await verified(both, `${scope}-x`, scope)),
        'verifyScope() refuses two scopes of the token',
      )
      const without = await savedWithoutScope(t)
      holds(
        !without || !(await t.call('verifyScope', without, form(scope)).catch(refusedToken)),
        `verifyScope() accepts "${scope}" for a token without a scope`,
      )
      const wrong = [
        ...[`${scope}-x`, `x-${scope}`, scope.slice(0, -1), unknownScope()].map((other) => [other]),
        ...otherCases(scope).map((other) => [other]),
        // Every one of them is needed.
        [scope, unknownScope()],
        [unknownScope(), scope],
      ]
      for (const needed of wrong.filter((each) => !isSame(each, [scope])))
        holds(
          !(await verified(one, ...needed)),
          `verifyScope() accepts ${show(form(...needed))} for a token with ${show(form(scope))}`,
        )
      // A token that contains the needed scope as a part of another one.
      const longer = await found(`${scope}-x`)
      holds(
        !longer || !(await verified(longer, scope)),
        `verifyScope() accepts "${scope}" for a token with "${scope}-x"`,
      )
    }),
  },

  'client.scope': {
    own: ['validateScope'],
    run: inForm(validates, async (t, form) => {
      const scope = scopeOf(t)
      const right = await validated(t, form(scope))
      holds(right, `validateScope() refuses the scope "${scope}" of the client`)
      equal(right, form(scope), 'The result of validateScope()')
      const wrong = [unknownScope(), 'admin-of-everything', '*', `${scope}-x`, ...otherCases(scope)]
      for (const other of wrong.filter((each) => each !== scope)) {
        for (const asked of [form(other), form(scope, other), form(other, scope)]) {
          const granted = await validated(t, asked).catch(refusedScope)
          const scopes = [granted].flat().flatMap((one) => String(one).split(' '))
          holds(
            !granted || !scopes.includes(other),
            `validateScope() of ${show(asked)} returned ${show(granted)}`,
          )
        }
      }
    }),
  },

  'client.redirect-uri': {
    own: ['validateRedirectUri'],
    async run(t) {
      const { client, otherClient } = t.fixtures
      const { redirectUri = '' } = client
      const known = await clientOf(t, client.id)
      const validates = async (uri: string) =>
        Boolean(await t.call('validateRedirectUri', uri, known))
      if (redirectUri) holds(await validates(redirectUri), refusal(redirectUri))
      const wrong = [
        'https://attacker.example/callback',
        ...[otherClient.redirectUri ?? ''].filter((uri) => uri !== '' && uri !== redirectUri),
        ...(redirectUri ? nearUris(redirectUri) : []),
      ]
      for (const uri of wrong)
        holds(!(await validates(uri)), `validateRedirectUri() accepts ${show(uri)}`)
    },
  },

  'client.secret.absent': {
    async run(t) {
      for (const { id } of [t.fixtures.client, t.fixtures.otherClient])
        for (const secret of [undefined, '', 'undefined', 'null'])
          await t.findsNothing('getClient', id, secret)
    },
  },
}

/** Returns URIs that look like a registered one. */
function nearUris(uri: string): string[] {
  const { protocol, host, pathname, search } = new URL(uri)
  return [
    `${uri}x`,
    `${uri}/../evil`,
    `${uri}#`,
    uri.slice(0, -1),
    `${protocol}//${host}.attacker.example${pathname}${search}`,
    `${protocol}//attacker.example/?${uri}`,
    `${protocol}//${host}@attacker.example${pathname}`,
    `${protocol}//${host}${pathname}/deeper`,
  ].filter((near) => near !== uri)
}

function refusal(uri: string): string {
  return `validateRedirectUri() refuses ${show(uri)}, which is registered`
}

/** Uses a form with a function of the model. It rejects if the function can't take that form. */
type Use = (t: ModelTrial, form: Form, token: unknown) => Promise<unknown>

function verifies(t: ModelTrial, form: Form, token: unknown): Promise<unknown> {
  return t.call('verifyScope', token, form(scopeOf(t)))
}

function validates(t: ModelTrial, form: Form): Promise<unknown> {
  return validated(t, form(scopeOf(t))).catch(refusedScope)
}

/** Runs a check in the form that the model takes. Its failures say which one that is. */
function inForm(use: Use, check: (t: ModelTrial, form: Form) => Promise<void>) {
  return async (t: ModelTrial): Promise<void> => {
    const form = await formOf(t, use)
    try {
      await check(t, form)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      throw new Failure(`${error.message} (tested ${form.inWords})`, error.differences)
    }
  }
}

/**
 * Resolves with the form in which the model returns a scope as it was saved. A model that keeps any
 * value does so in both: then it is the first one with which `use` does not reject.
 */
async function formOf(t: ModelTrial, use?: Use): Promise<Form> {
  const seen: string[] = []
  let kept: Form | undefined
  for (const form of forms) {
    const scope = form(scopeOf(t))
    try {
      const { accessToken } = await savedWith(t, scope)
      const found = membersOf(await t.call('getAccessToken', accessToken), 'getAccessToken')
      if (isSame(found['scope'], scope)) {
        kept ??= form
        const isTaken = await use?.(t, form, found).then(
          () => true,
          (error: unknown) => {
            if (error instanceof Failure) throw error
            return false
          },
        )
        if (isTaken ?? true) return form
      } else seen.push(`${show(found['scope'])} for ${show(scope)}`)
    } catch (error) {
      if (error instanceof Failure) throw error
      seen.push(`an error for ${show(scope)}`)
    }
  }
  if (kept) return kept
  throw new Failure(`"scope" of getAccessToken() is not as it was saved: ${seen.join(', and ')}`)
}

async function savedWith(t: ModelTrial, scope: unknown) {
  const { client, user } = t.fixtures
  const token = { ...aPair(), scope }
  const owner = await userOf(t, { id: user.id })
  const saved = await t.call('saveToken', token, await clientOf(t, client.id), owner)
  return { ...token, saved: membersOf(saved, 'saveToken') }
}

/**
 * Resolves with a token without a scope, as the model finds it, or with null if the server saves no
 * such token: it saves the scope that validateScope() returns, and refuses the request if that is
 * nothing.
 */
async function savedWithoutScope(t: ModelTrial): Promise<unknown> {
  let scope: unknown
  if (hasFunction(t.model, 'validateScope')) {
    scope = await validated(t, undefined).catch(refusedToken)
    // An empty list is the only scope of none that the server does not refuse.
    if (!Array.isArray(scope) || scope.length > 0) return null
  }
  const { accessToken } = await savedWith(t, scope)
  return t.call('getAccessToken', accessToken)
}

async function validated(t: ModelTrial, asked: unknown): Promise<unknown> {
  const { client, user } = t.fixtures
  const owner = await userOf(t, { id: user.id })
  return t.call('validateScope', owner, await clientOf(t, client.id), asked)
}

function scopeOf({ fixtures }: ModelTrial): string {
  return fixtures.client.scope ?? 'read'
}

function unknownScope(): string {
  return `unknown-${randomBytes(6).toString('hex')}`
}

/** Returns null for an error of the model. */
function refusedToken(error: unknown): null {
  if (error instanceof Failure) throw error
  return null
}

/** Returns null for an error that refuses a scope, which the server sends to the client. */
function refusedScope(error: { name?: unknown }): null {
  if (error.name === 'invalid_scope') return null
  throw error
}
