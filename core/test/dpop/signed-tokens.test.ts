import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import request from 'supertest'
import { ProofKey, boundTokens, meUrl } from '../support/dpop'
import { expresses } from '../support/express'
import { recorder } from '../oauth21/around'
import { askForToken, provider, refusal } from '../support/provider'

const invalidToken = { status: 401, error: 'invalid_token' }

describe.each(expresses)('a signed token that is bound to a key on $version', ({ express }) => {
  async function withToken() {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const keys = [{ ...(await exportJWK(privateKey)), alg: 'ES256' }]
    const { calls, through } = recorder()
    const at = await provider(express, { keys, accessTokenFormat: 'jwt', through })
    const key = await ProofKey.make(at)
    const ask = askForToken(at, at.web, { grant_type: 'client_credentials' })
    const { access_token: token } = boundTokens(await ask.set('DPoP', await key.proof()))
    const app = express()
    app.get('/api/me', at.oauth.authorise({ verify: 'signature' }), (req, res) => {
      res.json(req.oauth?.dpop)
    })
    calls.length = 0
    return { at, key, token, calls, offline: { app } }
  }

  it('RFC 9449 6.1: has the claim cnf', async () => {
    const { key, token } = await withToken()
    expect(decodeJwt(token)['cnf']).toEqual({ jkt: key.jkt })
  })

  it('is accepted with a proof by the key, without the store', async () => {
    const { key, token, calls, offline } = await withToken()
    expect((await key.me(offline, token)).body).toEqual({ jkt: key.jkt })
    expect(calls).toEqual([])
  })

  it('is refused without the store as a bearer token, and by another key', async () => {
    const { at, token, key, offline } = await withToken()
    const bearer = request(offline.app).get('/api/me').auth(token, { type: 'bearer' })
    expect(refusal(await bearer)).toEqual(invalidToken)
    const other = await ProofKey.make(at)
    expect(refusal(await other.me(offline, token))).toEqual(invalidToken)
    const stolen = await key.me(offline, token, { url: `${meUrl}/other` })
    expect(refusal(stolen)).toEqual({ status: 401, error: 'invalid_dpop_proof' })
  })

  it('is accepted once for each proof if the store is asked', async () => {
    const { at, key, token, calls } = await withToken()
    expect((await key.me(at, token)).status).toBe(200)
    expect(calls.map(({ name }) => name)).toEqual(['find', 'addRecord'])
  })
})
