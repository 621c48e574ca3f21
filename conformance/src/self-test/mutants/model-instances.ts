import type { Model } from '@oauth2-kit/core'
import { newModelContent, referenceModel } from '../../reference/model'
import type { Mutant } from '../mutant'
import { changed, isFirst } from './model-answers'

const kinds = ['AccessToken', 'AuthCode', 'RefreshToken'] as const

/** Mutants of several instances and namespaces of a 2.4 model. */
export const modelInstanceMutants: readonly Mutant[] = [
  ...kinds.map((kind): Mutant => ({
    name: `each instance of a 2.4 model has its own values of save${kind}()`,
    caughtBy: 'isolate.instances',
    breaksModel() {
      const own = referenceModel(newModelContent())
      const functions: Model = {
        [`get${kind}`]: own[`get${kind}`],
        [`save${kind}`]: own[`save${kind}`],
      }
      return kind === 'RefreshToken'
        ? { ...functions, revokeRefreshToken: own.revokeRefreshToken }
        : functions
    },
  })),
  {
    name: 'a second instance of a 2.4 model removes all access tokens when it starts',
    caughtBy: 'isolate.instances',
    breaksModel(_, content) {
      content.access.clear()
      return {}
    },
  },
  {
    name: 'a second instance of a 2.4 model finds no user',
    caughtBy: 'isolate.instances',
    breaksModel: (_, content) =>
      isFirst(content) ? {} : { getUser: (_name, _password, callback) => callback(null, null) },
  },
  {
    name: 'each instance of a 2.4 model remembers the refresh tokens that it has found',
    caughtBy: 'revoke.everywhere',
    breaksModel({ getRefreshToken, revokeRefreshToken }) {
      const hits = new Map<string, unknown>()
      return {
        getRefreshToken: changed(getRefreshToken, (found: unknown, token: string) => {
          if (found) hits.set(token, found)
          return found ?? hits.get(token) ?? null
        }),
        revokeRefreshToken(token, callback) {
          hits.delete(token)
          revokeRefreshToken(token, callback)
        },
      }
    },
  },
  {
    name: 'each instance of a 2.4 model remembers the refresh tokens that it did not find',
    caughtBy: 'isolate.instances',
    breaksModel({ getRefreshToken, saveRefreshToken }) {
      const missed = new Set<string>()
      return {
        getRefreshToken: changed(getRefreshToken, (found: unknown, token: string) => {
          if (!found) missed.add(token)
          return missed.has(token) ? null : found
        }),
        saveRefreshToken(...args) {
          missed.delete(args[0])
          saveRefreshToken(...args)
        },
      }
    },
  },
  ...(['tokens', 'users', 'grant types'] as const).map((what): Mutant => ({
    name: `a 2.4 model has clients for each namespace, but shares ${what} between them`,
    caughtBy: 'isolate.tenant',
    breaksModel(model, content) {
      if (isFirst(content)) return {}
      const { getUser, grantTypeAllowed } = model
      const alone = referenceModel(newModelContent())
      if (what === 'tokens')
        return {
          getClient: alone.getClient,
          getUser: alone.getUser,
          grantTypeAllowed: alone.grantTypeAllowed,
        }
      return what === 'users' ? { ...alone, getUser } : { ...alone, grantTypeAllowed }
    },
  })),
  {
    name: 'a second namespace of a 2.4 model revokes tokens of the first one',
    caughtBy: 'isolate.tenant',
    breaksModel: ({ revokeRefreshToken }, content) =>
      isFirst(content) ? {} : { ...referenceModel(newModelContent()), revokeRefreshToken },
  },
  {
    name: 'a second namespace of a 2.4 model removes the tokens of the first one',
    caughtBy: 'isolate.tenant',
    breaksModel(_, content) {
      if (isFirst(content)) return {}
      content.access.clear()
      return referenceModel(newModelContent())
    },
  },
]
