import type { RequestListener } from 'node:http'
import {
  type Contender,
  type Handler,
  basicHeader,
  issuer,
  notMeasured,
  setup,
  times,
} from './contender'

const { clientId, scopes, accessTokenLifetime } = setup
const basic = basicHeader('a'.repeat(64))
const kid = 'a'.repeat(43)

/** Answers of a token endpoint, with a token that `make` returns. */
interface Answers {
  grant: Handler
  listener: () => RequestListener
}

/**
 * Nothing but jose: it signs a token of the same claims as this project does, or verifies it with a
 * key object. The baseline sends a constant token.
 */
export async function joseContender(): Promise<Contender> {
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
  const constant = await sign()
  return {
    ...answersWith(sign),
    baseline: answersWith(async () => constant),
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

function answersWith(make: () => Promise<string>): Answers {
  const answer: Handler = (request, response, next) => {
    if (request.headers.authorization !== basic) return next({ code: 401 })
    make().then((token) => {
      const body = Buffer.from(
        JSON.stringify({
          token_type: 'Bearer',
          access_token: token,
          expires_in: accessTokenLifetime,
          scope: scopes.join(' '),
        }),
      )
      response.setHeader('Cache-Control', 'no-store')
      response.setHeader('Pragma', 'no-cache')
      response.setHeader('Content-Type', 'application/json; charset=utf-8')
      response.setHeader('Content-Length', body.length)
      response.end(body)
    }, next)
  }
  return {
    grant: answer,
    listener: () => (request, response) => {
      request.on('data', () => {}).on('end', () => answer(request, response, () => {}))
    },
  }
}
