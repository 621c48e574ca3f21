import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request from 'supertest'
import { provide } from '../src/app'
import { readConfig } from '../src/config'

function providerOf(issuer: string) {
  const app = express()
  provide(app, { config: readConfig({}), issuer, store: memoryStore() })
  return request(app)
}

describe('an https issuer', () => {
  it('gives cookies for https only, where the proxy says that the browser came by https', async () => {
    const { headers } = await providerOf('https://auth.example.com')
      .get('/sign-in')
      .set('X-Forwarded-Proto', 'https')
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-provider\.form=.*; Secure(?:;|$)/),
    ])
    expect(headers['strict-transport-security']).toMatch(/max-age=/)
  })

  it('gives no cookie to who came by http', async () => {
    const { headers } = await providerOf('https://auth.example.com').get('/sign-in')
    expect(headers['set-cookie']).toBeUndefined()
  })
})

describe('an http issuer', () => {
  it('believes no header of a proxy, and sends nobody to https', async () => {
    const { headers } = await providerOf('http://localhost:3000')
      .get('/sign-in')
      .set('X-Forwarded-Proto', 'https')
    expect(headers['set-cookie']).toEqual([expect.not.stringContaining('Secure')])
    expect(headers['strict-transport-security']).toBeUndefined()
  })
})
