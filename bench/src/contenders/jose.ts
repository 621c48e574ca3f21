import { type Contender, issuer, notMeasured, setup, times } from './contender'
import { opaqueServer } from './signed'

const { clientId, scopes, accessTokenLifetime } = setup
const kid = 'a'.repeat(43)

/**
 * Nothing but jose: it verifies a token with a key object, or signs one of the same claims as this
 * project does. It signs before this project issues an opaque token, which is the baseline, because
 * signing takes longer between other work than in a loop that does nothing else.
 */
export async function joseContender(grants: readonly string[]): Promise<Contender> {
  const { basic, opaque } = await opaqueServer(grants)
  const { SignJWT, generateKeyPair, jwtVerify } = await import('jose')
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const header = { typ: 'at+jwt', alg: 'ES256', kid }
  const sign = () => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      sub: clientId,
      aud: issuer,
      client_id: clientId,
      scope: scopes.join(' '),
      iat,
      exp: iat + accessTokenLifetime,
      jti: 'a'.repeat(32),
    }
    return new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
  }
  const expected = {
    typ: 'at+jwt',
    issuer,
    audience: [issuer],
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'sub', 'client_id', 'iat', 'jti'],
  }
  return {
    grant: (request, response, next) =>
      void sign().then(() => opaque.grant(request, response, next), next),
    listener: () => {
      const listener = opaque.listener()
      return (request, response) => void sign().then(() => listener(request, response))
    },
    baseline: opaque,
    authorise(request, _response, next) {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
      jwtVerify(token, publicKey, expected).then(
        ({ payload }) => next(Object.assign(request, { oauth: payload }) && undefined),
        () => next({ code: 401 }),
      )
    },
    basic,
    accessTokens: (count) => times(count, sign),
    codes: notMeasured,
    refreshTokens: notMeasured,
  }
}
