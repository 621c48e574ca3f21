import { clientOf } from './clients'
import type { ModelContext } from './context'
import { dateOrFar, expiryOf } from './expiry'
import type { PromiseModel, PromiseModelNewCode } from './model'
import { ownerOf } from './owner'
import type { Presentations } from './presentations'
import type { Presented } from './presented'
import type { Client } from '../contract/store'
import { sha256 } from '../crypto/hash'
import { InvalidRequestError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import { isText } from '../model-on-store/text'
import { isCodeChallenge } from '../protocol/pkce'
import { dataText } from '../storage/credential-data'
import { grantEnd, newGrantId } from '../storage/issuing'
import { scopeOrNone } from './scope-or-none'
import { isObject } from '../values/is-object'

/** Returns the functions of the model about codes. */
export function codeFunctions<S extends string | string[]>(
  context: ModelContext<S>,
  presentations: Presentations,
): Pick<
  PromiseModel<S>,
  'saveAuthorizationCode' | 'getAuthorizationCode' | 'revokeAuthorizationCode'
> {
  const {
    settings,
    format,
    read,
    clients,
    grants,
    find,
    findBearer,
    existing,
    userOf,
    savedScope,
  } = context

  function needsPkce({ type, requirePkce = settings.requirePkce }: Client): boolean {
    return type === 'public' || requirePkce
  }

  /** Returns the challenge to save. Throws an error if it is missing or not by S256. */
  function challengeOf(code: PromiseModelNewCode<S>, record: Client): string | undefined {
    const { codeChallenge, codeChallengeMethod } = code
    if (codeChallenge === undefined || codeChallenge === null) {
      if (!needsPkce(record)) return undefined
      // RFC 9700 2.1.1: public clients must use PKCE.
      throw new InvalidRequestError(
        'The client needs PKCE: send code_challenge with code_challenge_method=S256. The server must ' +
          'be @node-oauth/oauth2-server 4.3 or later',
      )
    }
    // RFC 9700 2.1.1: the method plain exposes the verifier.
    if (codeChallengeMethod !== 'S256' || typeof codeChallenge !== 'string')
      throw new InvalidRequestError('The code_challenge_method must be S256')
    if (!isCodeChallenge(codeChallenge))
      throw new InvalidRequestError('The code_challenge is malformed')
    return codeChallenge
  }

  return {
    async saveAuthorizationCode(code, client, user) {
      if (!isObject(code)) throw optionError('code', 'must be an object')
      const { authorizationCode, redirectUri } = code
      if (!isText(authorizationCode)) throw optionError('authorizationCode', 'must be text')
      if (redirectUri !== undefined && !isText(redirectUri))
        throw optionError('redirectUri', 'must be text')
      const record = await existing(client)
      const userId = ownerOf(user)
      if (userId === null) throw optionError('user', 'must be an object with an id or _id')
      const createdAt = settings.now()
      const until = grantEnd(settings.grantLifetime, createdAt)
      const expiresAt = expiryOf('expiresAt', code.expiresAt, { createdAt, until })
      const challenge = challengeOf(code, record)
      const scope = savedScope(code.scope, record)
      const granted = { scope, until }
      const data = dataText({ ...granted, redirectUri, ...(challenge && { challenge }) })
      await grants.issue(
        {
          id: newGrantId(),
          clientId: record.id,
          userId,
          createdAt,
          data: dataText({ ...granted, consented: true }),
        },
        [{ hash: sha256(authorizationCode), kind: 'code', createdAt, expiresAt, data }],
        record,
      )
      return {
        authorizationCode,
        expiresAt: dateOrFar(expiresAt),
        redirectUri,
        scope: format.write(scope),
        client: clientOf(record),
        user,
        ...(challenge && { codeChallenge: challenge, codeChallengeMethod: 'S256' }),
      }
    },

    async getAuthorizationCode(authorizationCode) {
      const credential = await findBearer('code', authorizationCode)
      if (!credential) return null
      const { grant, expiresAt } = credential
      if (await read.isRedeemed(credential)) {
        // RFC 6749 4.1.2: a second use of a code ends the grant.
        await grants.end(credential)
        return null
      }
      const presented = presentations.ofCode(credential)
      const { redirectUri = '', challenge } = presented.data
      const [record, user] = await Promise.all([
        clients.known(grant.clientId),
        userOf(grant.userId),
      ])
      if (!user) await grants.end(credential)
      const scope = record && scopeOrNone(presented.data.scope, record)
      if (!user || !record || scope === null) return null
      if (challenge === undefined && needsPkce(record)) return null
      const code = {
        authorizationCode,
        expiresAt: dateOrFar(expiresAt),
        redirectUri,
        scope: format.write(scope),
        client: clientOf(record),
        user: presentations.users.copy(user, presented),
      }
      if (challenge === undefined) return code
      return withChallenge({ ...code, codeChallengeMethod: 'S256' }, challenge, presented)
    },

    async revokeAuthorizationCode(code) {
      const credential = isObject(code) ? await find('code', code.authorizationCode) : null
      if (!credential) return false
      // Found unredeemed before, so another request overlaps with this one. getAuthorizationCode()
      // ends the grant of a code that is presented later.
      const { status } = await grants.markUsed(credential)
      if (status !== 'redeemed') return false
      presentations.ofCode(credential).isRedeemed = true
      return true
    },
  }
}

/**
 * Adds the PKCE challenge. `saveToken` issues no tokens if the server has not read it. To copy or log
 * the code is not to check it, so the member is not enumerable.
 */
function withChallenge<T extends object>(
  code: T,
  challenge: string,
  presented: Presented,
): T & { codeChallenge: string } {
  return Object.defineProperty(code, 'codeChallenge', {
    get() {
      presented.isChallengeRead = true
      return challenge
    },
  }) as T & { codeChallenge: string }
}
