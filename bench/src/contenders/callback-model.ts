import { randomBytes } from 'node:crypto'
import type { Callback } from '@oauth2-kit/core'
import { type Contender, basicHeader, codeForm, refreshForm, setup, times } from './contender'

interface Saved {
  clientId: string
  expires: Date | null
  user: unknown
}

const { clientId, userId, redirectUri } = setup
const secret = randomBytes(32).toString('hex')

/**
 * A callback model of the 2.4 line in memory. It answers synchronously, so that the benchmark
 * measures the library and not a database.
 */
export function callbackModel() {
  const client = { clientId, redirectUri }
  const user = { id: userId }
  const accessTokens = new Map<string, Saved>()
  const refreshTokens = new Map<string, Saved>()
  const codes = new Map<string, Saved & { expires: Date }>()

  return {
    getClient(id: string, sent: string | null, callback: Callback<typeof client>) {
      callback(null, id === clientId && (sent === null || sent === secret) ? client : null)
    },
    grantTypeAllowed(id: string, _grantType: string, callback: Callback<boolean>) {
      callback(null, id === clientId)
    },
    getUserFromClient(id: string, _secret: string, callback: Callback) {
      callback(null, id === clientId ? user : null)
    },
    getAccessToken(token: string, callback: Callback<Saved>) {
      callback(null, accessTokens.get(token))
    },
    saveAccessToken(
      token: string,
      clientId: string,
      expires: Date | null,
      user: unknown,
      callback: Callback<void>,
    ) {
      accessTokens.set(token, { clientId, expires, user })
      callback(null)
    },
    getRefreshToken(token: string, callback: Callback<Saved>) {
      callback(null, refreshTokens.get(token))
    },
    saveRefreshToken(
      token: string,
      clientId: string,
      expires: Date | null,
      user: unknown,
      callback: Callback<void>,
    ) {
      refreshTokens.set(token, { clientId, expires, user })
      callback(null)
    },
    revokeRefreshToken(token: string, callback: Callback<void>) {
      refreshTokens.delete(token)
      callback(null)
    },
    getAuthCode(code: string, callback: Callback<Saved & { expires: Date }>) {
      callback(null, codes.get(code))
    },
    saveAuthCode(
      code: string,
      clientId: string,
      expires: Date,
      user: unknown,
      callback: Callback<void>,
    ) {
      codes.set(code, { clientId, expires, user })
      callback(null)
    },
  }
}

/** Returns what a contender on that model needs, prepared before the measurement. */
export function onCallbackModel(
  model: ReturnType<typeof callbackModel>,
): Omit<Contender, 'authorise' | 'grant'> {
  const user = { id: userId }

  function save(
    how: 'saveAccessToken' | 'saveRefreshToken' | 'saveAuthCode',
    lifetime: number,
  ): Promise<string> {
    const token = randomBytes(20).toString('hex')
    const expires = new Date(Date.now() + lifetime * 1000)
    return new Promise((resolve) => {
      model[how](token, clientId, expires, user, () => resolve(token))
    })
  }

  return {
    basic: basicHeader(secret),
    accessTokens: (count) => times(count, () => save('saveAccessToken', setup.accessTokenLifetime)),
    codes: (count) =>
      times(count, async () => codeForm(await save('saveAuthCode', setup.authCodeLifetime))),
    refreshTokens: (count) =>
      times(count, async () =>
        refreshForm(await save('saveRefreshToken', setup.refreshTokenLifetime)),
      ),
  }
}
