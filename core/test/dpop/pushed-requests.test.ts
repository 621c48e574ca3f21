import { ProofKey, boundTokens } from '../support/dpop'
import { layers } from '../support/layers'
import {
  type Provider,
  authorizationRequest,
  exchange,
  invalidGrant,
  issuer,
  provider,
  redirected,
  refusal,
  register,
} from '../support/provider'
import { open, pushForm } from '../support/pushed'

const parUrl = `${issuer}/oauth/par`

/** Pushes a request with a proof, by default a right one. */
async function pushWith(at: Provider, proof: string, differences = {}) {
  const { verifier, parameters } = authorizationRequest(at.spa, differences)
  const answer = await pushForm(at, at.spa, parameters).set('DPoP', proof)
  return { answer, verifier, requestUri: answer.body.request_uri as string }
}

async function codeFor(
  at: Provider,
  { verifier, requestUri }: { verifier: string; requestUri: string },
) {
  const { code = '' } = redirected(await open(at, at.spa, { requestUri }))
  return { code, verifier, redirectUri: at.spa.redirectUri }
}

describe.each(layers)('DPoP and pushed requests on $version', ({ layer }) => {
  it('RFC 9449 10.1: a proof binds the code to its key', async () => {
    const at = await provider({ layer })
    const [key, other] = [await ProofKey.make(at), await ProofKey.make(at)]
    const pushed = await pushWith(at, await key.proof({ url: parUrl }))
    expect(pushed.answer.status).toBe(201)
    const code = await codeFor(at, pushed)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    const wrong = exchange(at, at.spa, code).set('DPoP', await other.proof())
    expect(refusal(await wrong)).toEqual(invalidGrant)
    boundTokens(await exchange(at, at.spa, code).set('DPoP', await key.proof()))
  })

  it('RFC 9449 10.1: dpop_jkt must be the key of the proof', async () => {
    const at = await provider({ layer })
    const [key, other] = [await ProofKey.make(at), await ProofKey.make(at)]
    const proof = () => key.proof({ url: parUrl })
    const wrong = await pushWith(at, await proof(), { dpop_jkt: other.jkt })
    expect(refusal(wrong.answer)).toEqual({ status: 400, error: 'invalid_request' })
    const right = await pushWith(at, await proof(), { dpop_jkt: key.jkt })
    const code = await codeFor(at, right)
    boundTokens(await exchange(at, at.spa, code).set('DPoP', await key.proof()))
  })

  it('dpop_jkt alone binds the code too', async () => {
    const at = await provider({ layer })
    const key = await ProofKey.make(at)
    const { verifier, parameters } = authorizationRequest(at.spa, { dpop_jkt: key.jkt })
    const { body } = await pushForm(at, at.spa, parameters)
    const code = await codeFor(at, { verifier, requestUri: body.request_uri })
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    boundTokens(await exchange(at, at.spa, code).set('DPoP', await key.proof()))
  })

  it('a proof is accepted once, and for this endpoint only', async () => {
    const at = await provider({ layer })
    const key = await ProofKey.make(at)
    const proof = await key.proof({ url: parUrl })
    expect((await pushWith(at, proof)).answer.status).toBe(201)
    const invalidProof = { status: 400, error: 'invalid_dpop_proof' }
    expect(refusal((await pushWith(at, proof)).answer)).toEqual(invalidProof)
    expect(refusal((await pushWith(at, await key.proof())).answer)).toEqual(invalidProof)
  })

  it('a client that always uses DPoP needs no proof here', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, { dpopBoundAccessTokens: true })
    expect((await pushForm(at, client, authorizationRequest(client).parameters)).status).toBe(201)
  })

  it('RFC 9449 8: nonces are needed and sent as at the token endpoint', async () => {
    const at = await provider({ layer }, { dpop: { nonceSecret: 'a'.repeat(32) } })
    const key = await ProofKey.make(at)
    const first = await pushWith(at, await key.proof({ url: parUrl }))
    expect(refusal(first.answer)).toEqual({ status: 400, error: 'use_dpop_nonce' })
    const nonce = first.answer.headers['dpop-nonce'] as string
    const second = await pushWith(at, await key.proof({ url: parUrl, nonce }))
    expect(second.answer.status).toBe(201)
    expect(second.answer.headers['dpop-nonce']).toBe(nonce)
  })

  it('with DPoP off, the header is ignored', async () => {
    const at = await provider({ layer }, { dpop: false })
    const key = await ProofKey.make(at)
    const pushed = await pushWith(at, await key.proof({ url: parUrl }))
    expect((await exchange(at, at.spa, await codeFor(at, pushed))).body.token_type).toBe('Bearer')
  })
})
