import { type PromiseToken, type Scope, keyOf, partsOf } from '../../reference/promise-model'
import type { Mutant } from '../mutant'
import { changing, receiving, replacing, without } from '../promise-answers'

type Members = Record<string, unknown>

function lacking(name: string) {
  return (members: Members): Members => without(members, name)
}

/** Changes what is saved with a code. */
function codeSavedAs(change: (code: Members) => Members): Mutant['promiseModel'] {
  return receiving('saveAuthorizationCode', (code, ...rest) => [change({ ...code }), ...rest])
}

/** Changes what is saved with a token, and returns to the server what it has passed. */
function tokenSavedAs(change: (token: Members) => Members): Mutant['promiseModel'] {
  return replacing(({ model }) => ({
    async saveToken(token: PromiseToken, client: { id: string }, user: { id: string }) {
      await model.saveToken(change({ ...token }) as never, client, user)
      return { ...token, client, user }
    },
  }))
}

/** Mutants of what a promise model keeps of codes and tokens, and returns once they are saved. */
export const promiseSavingMutants: readonly Mutant[] = [
  ...(
    [
      ['redirectUri', 'code.bound'],
      ['codeChallenge', 'code.challenge'],
      ['codeChallengeMethod', 'code.challenge'],
      ['scope', 'access.scope'],
    ] as const
  ).map(([name, caughtBy]): Mutant => ({
    name: `saveAuthorizationCode() of a promise model drops "${name}"`,
    caughtBy,
    promiseModel: codeSavedAs(lacking(name)),
  })),
  {
    name: 'saveAuthorizationCode() of a promise model saves the redirect URI without its query',
    caughtBy: 'code.bound',
    promiseModel: codeSavedAs((code) => ({
      ...code,
      redirectUri: String(code['redirectUri']).split('?')[0],
    })),
  },
  {
    name: 'saveAuthorizationCode() of a promise model saves the challenge in lower case',
    caughtBy: 'code.challenge',
    promiseModel: codeSavedAs((code) => ({
      ...code,
      codeChallenge: (code['codeChallenge'] as string | undefined)?.toLowerCase(),
    })),
  },
  {
    name: 'saveAuthorizationCode() of a promise model returns nothing',
    caughtBy: 'shape.saved',
    promiseModel: changing('saveAuthorizationCode', () => undefined),
  },
  {
    name: 'saveAuthorizationCode() of a promise model returns a hash in place of the code',
    caughtBy: 'shape.saved',
    promiseModel: changing('saveAuthorizationCode', (code) => ({
      ...code,
      authorizationCode: keyOf('code', code.authorizationCode),
    })),
  },

  {
    name: 'saveToken() of a promise model drops the scope',
    caughtBy: 'access.scope',
    promiseModel: tokenSavedAs(lacking('scope')),
  },
  {
    name: 'saveToken() of a promise model saves only the first scope',
    caughtBy: 'access.scope',
    promiseModel: tokenSavedAs((token) => ({
      ...token,
      scope: Array.isArray(token['scope']) ? token['scope'].slice(0, 1) : token['scope'],
    })),
  },
  {
    name: 'saveToken() of a promise model joins scopes with commas',
    caughtBy: 'access.scope',
    promiseModel: tokenSavedAs((token) => ({
      ...token,
      ...(token['scope'] !== undefined && { scope: partsOf(token['scope'] as Scope).join(',') }),
    })),
  },
  {
    name: 'getRefreshToken() of a promise model returns no scope',
    caughtBy: 'access.scope',
    promiseModel: changing('getRefreshToken', (found) => found && { ...found, scope: undefined }),
  },
  {
    name: 'saveToken() of a promise model drops the refresh token',
    caughtBy: 'refresh.find',
    promiseModel: tokenSavedAs(lacking('refreshToken')),
  },
  {
    name: 'saveToken() of a promise model drops the access token if it comes with a refresh token',
    caughtBy: 'shape.owner',
    promiseModel: tokenSavedAs((token) =>
      token['refreshToken'] ? { ...token, accessToken: 'none' } : token,
    ),
  },
  {
    name: 'saveToken() of a promise model gives the refresh token the expiry of the access token',
    caughtBy: 'refresh.find',
    promiseModel: tokenSavedAs((token) => ({
      ...token,
      refreshTokenExpiresAt: token['accessTokenExpiresAt'],
    })),
  },
  {
    name: 'saveToken() of a promise model gives the access token the expiry of the refresh token',
    caughtBy: 'access.find',
    promiseModel: tokenSavedAs((token) => ({
      ...token,
      accessTokenExpiresAt: token['refreshTokenExpiresAt'] ?? token['accessTokenExpiresAt'],
    })),
  },
  ...(
    [
      ['nothing', () => undefined],
      ['the token without its client', lacking('client')],
      ['the token without its user', lacking('user')],
      [
        'the ids of the client and the user',
        (token: Members) => ({
          ...token,
          client: (token['client'] as { id: string }).id,
          user: (token['user'] as { id: string }).id,
        }),
      ],
      ['no access token', lacking('accessToken')],
      ['no refresh token', lacking('refreshToken')],
      [
        'the expiry as a text',
        (token: Members) => ({
          ...token,
          accessTokenExpiresAt: String(token['accessTokenExpiresAt']),
        }),
      ],
      [
        'a hash in place of the token',
        (token: Members) => ({
          ...token,
          accessToken: keyOf('access', String(token['accessToken'])),
        }),
      ],
    ] as const
  ).map(([what, change]): Mutant => ({
    name: `saveToken() of a promise model returns ${what}`,
    caughtBy: 'shape.saved',
    promiseModel: changing('saveToken', (token) => change({ ...token })),
  })),
  {
    name: 'saveToken() of a promise model returns no scope',
    caughtBy: 'access.scope',
    promiseModel: changing('saveToken', (token) => ({ ...token, scope: undefined })),
  },
  {
    name: 'saveToken() of a promise model returns the token that it has saved before',
    caughtBy: 'shape.saved',
    promiseModel: replacing(({ model }) => {
      let last: unknown
      return {
        async saveToken(...args: Parameters<typeof model.saveToken>) {
          const saved = await model.saveToken(...args)
          const before = last ?? saved
          last = saved
          return before
        },
      }
    }),
  },
  {
    name: 'saveToken() of a promise model returns the first client in place of its own',
    caughtBy: 'shape.saved',
    promiseModel: replacing(({ model }) => {
      let client: unknown
      return {
        async saveToken(...args: Parameters<typeof model.saveToken>) {
          const saved = await model.saveToken(...args)
          client ??= saved.client
          return { ...saved, client }
        },
      }
    }),
  },
  {
    name: 'saveAuthorizationCode() of a promise model keeps the last code only',
    caughtBy: 'access.several',
    promiseModel: replacing(({ model, shelf }) => {
      let last: string | undefined
      return {
        async saveAuthorizationCode(...args: Parameters<typeof model.saveAuthorizationCode>) {
          if (last !== undefined) await shelf.take(last)
          last = keyOf('code', args[0].authorizationCode)
          return model.saveAuthorizationCode(...args)
        },
      }
    }),
  },
  {
    name: 'saveToken() of a promise model keeps one token for each user and client',
    caughtBy: 'access.several',
    promiseModel: replacing(({ model, shelf }) => {
      const last = new Map<string, string>()
      return {
        async saveToken(...args: Parameters<typeof model.saveToken>) {
          const [{ accessToken }, client, user] = args
          const owner = JSON.stringify([client.id, user.id])
          const before = last.get(owner)
          if (before !== undefined) await shelf.take(keyOf('access', before))
          last.set(owner, accessToken)
          return model.saveToken(...args)
        },
      }
    }),
  },
  {
    name: 'saveToken() of a promise model keeps the whole token as a text',
    caughtBy: 'secret.at-rest',
    promiseModel: replacing(({ model, shelf }) => ({
      async saveToken(...args: Parameters<typeof model.saveToken>) {
        await shelf.put(`raw:${keyOf('access', args[0].accessToken)}`, JSON.stringify(args[0]))
        return model.saveToken(...args)
      },
    })),
  },
  {
    name: 'saveAuthorizationCode() of a promise model keeps the code as it is',
    caughtBy: 'secret.at-rest',
    promiseModel: replacing(({ model, shelf }) => ({
      async saveAuthorizationCode(...args: Parameters<typeof model.saveAuthorizationCode>) {
        await shelf.put(`raw:${args[0].authorizationCode}`, '')
        return model.saveAuthorizationCode(...args)
      },
    })),
  },
]
