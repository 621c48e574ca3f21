import { memoryStore } from '@oauth2-kit/memory'
import express, { Router } from 'express'
import request from 'supertest'
import { readConfig } from '../src/config'
import { settingOf } from '../src/demo/setting'
import { provide } from '../src/provider/app'

function providerOf(issuer: string) {
  const app = express()
  provide(app, settingOf(readConfig({}), { issuer, store: memoryStore() }), Router())
  return request(app)
}

describe('an https issuer', () => {
  it('sets Secure cookies if the proxy reports https', async () => {
    const { headers } = await providerOf('https://auth.example.com')
      .get('/sign-in')
      .set('X-Forwarded-Proto', 'https')
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-session=.*; secure(?:;|$)/),
      expect.stringMatching(/^__Host-session\.sig=.*; secure(?:;|$)/),
    ])
    expect(headers['strict-transport-security']).toMatch(/max-age=/)
  })

  it('sets no cookie for a request over http, and warns once', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {})
    try {
      const provider = providerOf('https://auth.example.com')
      for (let n = 0; n < 2; n++) {
        expect((await provider.get('/sign-in')).headers['set-cookie']).toBeUndefined()
      }
      expect(warn.mock.calls).toEqual([
        [expect.stringContaining('let the proxy set X-Forwarded-Proto')],
      ])
    } finally {
      warn.mockRestore()
    }
  })
})

describe('an http issuer', () => {
  it('ignores X-Forwarded-Proto, and sends no Strict-Transport-Security', async () => {
    const { headers } = await providerOf('http://localhost:3000')
      .get('/sign-in')
      .set('X-Forwarded-Proto', 'https')
    const cookie = expect.not.stringMatching(/secure/i)
    expect(headers['set-cookie']).toEqual([cookie, cookie])
    expect(headers['strict-transport-security']).toBeUndefined()
  })
})
