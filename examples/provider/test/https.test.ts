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
  it('sets Secure cookies if the proxy reports https', async () => {
    const { headers } = await providerOf('https://auth.example.com')
      .get('/sign-in')
      .set('X-Forwarded-Proto', 'https')
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-provider\.form=.*; Secure(?:;|$)/),
    ])
    expect(headers['strict-transport-security']).toMatch(/max-age=/)
  })

  it('sets no cookie for a request over http', async () => {
    const { headers } = await providerOf('https://auth.example.com').get('/sign-in')
    expect(headers['set-cookie']).toBeUndefined()
  })
})

describe('an http issuer', () => {
  it('ignores X-Forwarded-Proto, and sends no Strict-Transport-Security', async () => {
    const { headers } = await providerOf('http://localhost:3000')
      .get('/sign-in')
      .set('X-Forwarded-Proto', 'https')
    expect(headers['set-cookie']).toEqual([expect.not.stringContaining('Secure')])
    expect(headers['strict-transport-security']).toBeUndefined()
  })
})
