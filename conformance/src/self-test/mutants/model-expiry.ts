import { digest } from '../../reference/model'
import type { Mutant } from '../mutant'
import { type Found, changedHit, withArguments } from './model-answers'

type Kind = 'AccessToken' | 'AuthCode' | 'RefreshToken'

/** Changes the expiry that is saved, in milliseconds. */
function savedAs(
  kind: Kind,
  change: (time: number | null) => number | null,
): Mutant['breaksModel'] {
  return (model) => {
    const save = `save${kind}` as const
    return {
      [save]: withArguments(
        model[save],
        (token: string, client: string, expires: Date | null, user: unknown) => {
          const time = change(expires && expires.getTime())
          return [token, client, time === null ? null : new Date(time), user]
        },
      ),
    }
  }
}

/** Changes what a finder returns of a token that has an expiry. */
function foundAs(kind: Kind, change: (found: Found) => unknown): Mutant['breaksModel'] {
  return (model) => {
    const get = `get${kind}` as const
    return { [get]: changedHit(model[get], change) }
  }
}

/** Mutants of how a 2.4 model keeps times. */
export const modelExpiryMutants: readonly Mutant[] = [
  {
    name: 'getAccessToken() of a 2.4 model returns the expiry as a string',
    caughtBy: 'shape.expires',
    breaksModel: foundAs('AccessToken', (found) => ({
      ...found,
      expires: String(found.expires?.toISOString() ?? null),
    })),
  },
  {
    name: 'getAuthCode() of a 2.4 model returns the expiry in milliseconds',
    caughtBy: 'shape.expires',
    breaksModel: foundAs('AuthCode', (found) => ({ ...found, expires: Number(found.expires) })),
  },
  {
    name: 'getRefreshToken() of a 2.4 model returns the expiry in milliseconds',
    caughtBy: 'shape.expires',
    breaksModel: foundAs('RefreshToken', (found) => ({
      ...found,
      expires: found.expires && Number(found.expires),
    })),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model sets a timer that removes the token at its expiry',
    caughtBy: 'expiry.precision',
    breaksModel: ({ saveRefreshToken }, { refresh }) => ({
      saveRefreshToken(token, client, expires, user, callback) {
        const remove = () => refresh.delete(digest(token))
        // Beyond 2^31 ms Node replaces the time with 1 ms.
        const wait = expires ? expires.getTime() - Date.now() : 0
        if (expires) setTimeout(remove, wait > 2 ** 31 ? 1 : wait).unref()
        saveRefreshToken(token, client, expires, user, callback)
      },
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model drops the milliseconds',
    caughtBy: 'expiry.precision',
    breaksModel: savedAs('AccessToken', (time) => time && Math.floor(time / 1000) * 1000),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model keeps times as 32-bit seconds',
    caughtBy: 'expiry.precision',
    breaksModel: savedAs('RefreshToken', (time) => time && Math.min(time, 2_147_483_647_000)),
  },
  {
    name: 'saveAuthCode() of a 2.4 model shortens an expiry after the year 2200',
    caughtBy: 'expiry.precision',
    breaksModel: savedAs('AuthCode', (time) => time && Math.min(time, Date.UTC(2200, 0))),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model removes the token by a timer, which overflows',
    caughtBy: 'expiry.precision',
    breaksModel: ({ saveRefreshToken }, { refresh }) => ({
      saveRefreshToken(token, clientId, expires, user, callback) {
        saveRefreshToken(token, clientId, expires, user, callback)
        const after = expires ? expires.getTime() - Date.now() : 0
        if (after > 2_147_483_647) refresh.delete(digest(token))
      },
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model keeps null as 1970',
    caughtBy: 'expiry.null',
    breaksModel: savedAs('AccessToken', (time) => time ?? 0),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model replaces null with an hour',
    caughtBy: 'expiry.null',
    breaksModel: savedAs('RefreshToken', (time) => time ?? Date.now() + 3_600_000),
  },
  {
    name: 'getRefreshToken() of a 2.4 model does not find a token without an expiry',
    caughtBy: 'expiry.null',
    breaksModel: foundAs('RefreshToken', (found) => found.expires && found),
  },
  {
    name: 'saveAuthCode() of a 2.4 model refuses an expiry in the past',
    caughtBy: 'expiry.past',
    breaksModel: ({ saveAuthCode }) => ({
      saveAuthCode(code, clientId, expires, user, callback) {
        if (Number(expires) <= Date.now()) return callback(new RangeError('In the past'))
        saveAuthCode(code, clientId, expires, user, callback)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model extends an expired token',
    caughtBy: 'expiry.past',
    breaksModel: foundAs('AccessToken', (found) => ({
      ...found,
      expires: found.expires && new Date(Math.max(Number(found.expires), Date.now() + 1000)),
    })),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model with a past expiry removes the other tokens',
    caughtBy: 'expiry.past',
    breaksModel: ({ saveRefreshToken }, { refresh }) => ({
      saveRefreshToken(...args) {
        if (args[2] && Number(args[2]) < Date.now()) refresh.clear()
        saveRefreshToken(...args)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model removes the refresh tokens with an expired token',
    caughtBy: 'expiry.past',
    breaksModel: ({ getAccessToken }, { refresh }) => ({
      getAccessToken: changedHit(getAccessToken, (found) => {
        if (found.expires && Number(found.expires) < Date.now()) refresh.clear()
        return found
      }),
    }),
  },
  {
    name: 'getAuthCode() of a 2.4 model does not find a code in its last minute',
    caughtBy: 'expiry.boundary',
    breaksModel: foundAs('AuthCode', (found) =>
      Number(found.expires) > Date.now() + 60_000 ? found : null,
    ),
  },
  {
    name: 'getAccessToken() of a 2.4 model reads the expiry in another time zone',
    caughtBy: 'access.find',
    breaksModel: foundAs('AccessToken', (found) => ({
      ...found,
      expires: found.expires && new Date(Number(found.expires) + 3_600_000),
    })),
  },
]
