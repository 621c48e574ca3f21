import type { RequestListener } from 'node:http'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request from 'supertest'
import { exchange, getCode, issuer, provider, refusal, tokensOf } from '../support/provider'

async function withToken(scope = 'profile') {
  const at = await provider(express)
  const tokens = await exchange(at, at.web, await getCode(at, at.web, { scope }))
  return { at, token: tokensOf(tokens).access_token }
}

const asking = (token?: string) =>
  new Request(`${issuer}/api`, token ? { headers: { Authorization: `Bearer ${token}` } } : {})

describe('authenticate()', () => {
  it('returns the user and the token of a web-standard request', async () => {
    const { at, token } = await withToken()
    const found = await at.oauth.authenticate(asking(token), { scope: 'profile' })
    expect(found).toMatchObject({ user: at.user, oauth: { scope: 'profile' } })
    expect(found.response).toBeUndefined()
  })

  it('returns the Response that refuses the request', async () => {
    const { at, token } = await withToken()
    const { response, user } = await at.oauth.authenticate(asking(token), { scope: 'email' })
    expect(user).toBeUndefined()
    expect(response).toBeInstanceOf(Response)
    expect(response!.status).toBe(403)
    expect(response!.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", error_description="The access token needs the scope email", scope="email"',
    )
    expect(response!.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate')
    const nothing = await at.oauth.authenticate(asking())
    expect([nothing.response?.status, await nothing.response?.text()]).toEqual([401, '{}'])
  })

  it('accepts a node:http request, and refuses with status, headers and body', async () => {
    const { at, token } = await withToken()
    const app: RequestListener = (req, res) => {
      void at.oauth.authenticate(req, { scope: 'profile' }).then(({ user, response }) => {
        if (response) res.writeHead(response.status, response.headers).end(response.body)
        else res.end(JSON.stringify(user))
      })
    }
    const good = await request(app).get('/').set('Authorization', `Bearer ${token}`)
    expect(JSON.parse(good.text)).toEqual(at.user)
    const bad = await request(app).get('/').set('Authorization', 'Bearer wrong')
    expect(refusal(bad)).toEqual({ status: 401, error: 'invalid_token' })
  })

  it('security 42: returns 503 if the store fails', async () => {
    const away = { find: () => Promise.reject(new Error('away')) }
    const oauth = oauthserver({ model: { ...memoryStore(), ...away }, issuer })
    const { response } = await oauth.authenticate(asking('x'))
    expect(response?.status).toBe(503)
  })

  it('rejects with a TypeError for a malformed scope', async () => {
    const oauth = oauthserver({ model: memoryStore(), issuer })
    await expect(oauth.authenticate(asking(), { scope: 'a  b' })).rejects.toThrow(TypeError)
  })
})
