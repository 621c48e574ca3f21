import type { Mutant } from '../mutant'
import { stored } from './model-answers'

/** Mutants of `revokeRefreshToken()` of a 2.4 model. */
export const modelRevokingMutants: readonly Mutant[] = [
  {
    name: 'revokeRefreshToken() of a 2.4 model does nothing',
    caughtBy: 'refresh.revoke',
    breaksModel: () => ({ revokeRefreshToken: (_token, callback) => callback(null) }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model also removes tokens that start with the token',
    caughtBy: 'refresh.revoke',
    breaksModel: alsoRevokes((one, token) => one.startsWith(token)),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model calls back before it has removed the token',
    caughtBy: 'refresh.revoke',
    breaksModel: ({ revokeRefreshToken }) => ({
      revokeRefreshToken(token, callback) {
        setTimeout(revokeRefreshToken, 5, token, () => {})
        callback(null)
      },
    }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model leaves tokens that never expire',
    caughtBy: 'refresh.revoke',
    breaksModel: ({ revokeRefreshToken }, content) => ({
      revokeRefreshToken(token, callback) {
        if (stored(content, 'refresh', token)?.expires === null) return callback(null)
        revokeRefreshToken(token, callback)
      },
    }),
  },
  ...revocations(),
  {
    name: 'revokeRefreshToken() of a 2.4 model reports an error for an unknown token',
    caughtBy: 'revoke.idempotent',
    breaksModel: ({ revokeRefreshToken }, content) => ({
      revokeRefreshToken(token, callback) {
        if (!stored(content, 'refresh', token)) return callback(new Error('Unknown'))
        revokeRefreshToken(token, callback)
      },
    }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model ignores the case of the token',
    caughtBy: 'refresh.revoke',
    breaksModel: alsoRevokes((one, token) => one.toLowerCase() === token.toLowerCase()),
  },
]

/** Revokes every saved token that matches. */
function alsoRevokes(matches: (one: string, token: string) => boolean): Mutant['breaksModel'] {
  return ({ saveRefreshToken, revokeRefreshToken }) => {
    const saved = new Set<string>()
    return {
      saveRefreshToken(...args) {
        saved.add(args[0])
        saveRefreshToken(...args)
      },
      revokeRefreshToken(token, callback) {
        for (const one of saved) if (matches(one, token)) revokeRefreshToken(one, () => {})
        callback(null)
      },
    }
  }
}

/** Revocations that remove more than the one token. */
function revocations(): Mutant[] {
  type Same = (one: { clientId: string; userId: unknown }, revoked: typeof one) => boolean
  const all: [string, Same][] = [
    ['all tokens of the user', (one, { userId }) => one.userId === userId],
    ['all tokens of the client', (one, { clientId }) => one.clientId === clientId],
    ['every token', () => true],
  ]
  const ofRefresh = all.map(([what, isSame]): Mutant => ({
    name: `revokeRefreshToken() of a 2.4 model removes ${what}`,
    caughtBy: 'refresh.revoke',
    breaksModel: (_, content) => ({
      revokeRefreshToken(token, callback) {
        const found = stored(content, 'refresh', token)
        for (const [key, one] of found ? content.refresh : [])
          if (isSame(one, found!)) content.refresh.delete(key)
        callback(null)
      },
    }),
  }))
  const ofOthers = (['access', 'codes'] as const).map((table): Mutant => ({
    name: `revokeRefreshToken() of a 2.4 model also removes the ${table} of the user`,
    caughtBy: 'refresh.revoke',
    breaksModel: ({ revokeRefreshToken }, content) => ({
      revokeRefreshToken(token, callback) {
        const found = stored(content, 'refresh', token)
        for (const [key, one] of found ? content[table] : [])
          if (one.userId === found!.userId) content[table].delete(key)
        revokeRefreshToken(token, callback)
      },
    }),
  }))
  return [...ofRefresh, ...ofOthers]
}
