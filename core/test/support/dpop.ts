import { createHash, randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  type JWK,
  SignJWT,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
} from 'jose'
import request, { type Response, type Test } from 'supertest'
import { type Provider, type Tokens, issuer } from './provider'

/** A request that a proof is for. */
export interface Proven {
  method?: string
  /** The URL of the request. @default that of the token endpoint */
  url?: string
  /** The access token that is sent with it. */
  token?: string
  nonce?: string
  /** Replace parts of the proof. `undefined` omits a part. */
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
}

/** The URL of the token endpoint, and of a resource that needs a token but no scope. */
export const tokenUrl = `${issuer}/oauth/token`
export const meUrl = `${issuer}/api/me`

/** The key of a client, which makes its DPoP proofs. */
export class ProofKey {
  private constructor(
    private readonly now: () => number,
    readonly alg: string,
    readonly privateKey: CryptoKey,
    readonly jwk: JWK,
    readonly jkt: string,
  ) {}

  /** Makes a new key. Its proofs have the time of this clock. */
  static async make({ clock }: Pick<Provider, 'clock'>, alg = 'ES256'): Promise<ProofKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = await exportJWK(publicKey)
    return new ProofKey(clock.now, alg, privateKey, jwk, await calculateJwkThumbprint(jwk))
  }

  /** Returns a new proof, by default for a token request. */
  proof({ method = 'POST', url = tokenUrl, token, nonce, header, claims }: Proven = {}) {
    const ath = token && createHash('sha256').update(token).digest('base64url')
    const iat = Math.floor(this.now() / 1000)
    return (
      new SignJWT({ jti: randomUUID(), htm: method, htu: url, iat, ath, nonce, ...claims })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: this.alg, jwk: this.jwk, ...header })
        // An extension that tests use.
        .sign(this.privateKey, { crit: { exp: true } })
    )
  }

  /** Requests a resource that needs a token but no scope, with a proof. */
  async me(
    { app }: Pick<Provider, 'app'>,
    token: string,
    differences: Proven = {},
  ): Promise<Response> {
    const proof = await this.proof({ method: 'GET', url: meUrl, token, ...differences })
    return meWith({ app }, token, proof)
  }
}

/** Requests the same resource with a proof that is already made. */
export function meWith({ app }: Pick<Provider, 'app'>, token: string, proof: string): Test {
  return request(app).get('/api/me').set('Authorization', `DPoP ${token}`).set('DPoP', proof)
}

/** The tokens of a response, which must be bound. */
export function boundTokens({ status, body }: { status: number; body: unknown }): Tokens {
  const { token_type } = body as Tokens
  if (status !== 200 || token_type !== 'DPoP')
    throw new Error(`No bound tokens, but ${status} ${JSON.stringify(body)}`)
  return body as Tokens
}
