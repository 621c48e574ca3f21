import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as namespace from '@oauth2-kit/core'
import oauthserver from '@oauth2-kit/core'

describe('the public surface', () => {
  it('matches the exports that index.ts declares for named imports', () => {
    const source = readFileSync(path.join(__dirname, '../../src/index.ts'), 'utf8')
    const named = [...source.matchAll(/\bexports\.(\w+) =/g)].map(([, name]) => name!)
    expect(new Set(named).size).toBe(named.length)
    expect(Object.keys(oauthserver).toSorted()).toEqual(named.toSorted())
  })

  it('is a function whose properties are all functions', () => {
    expect(typeof oauthserver).toBe('function')
    for (const [name, value] of Object.entries(oauthserver)) {
      expect([name, typeof value]).toEqual([name, 'function'])
    }
    expect(namespace.createClient).toBe(oauthserver.createClient)
  })

  it('creates instances of itself with new', () => {
    expect(oauthserver.prototype).toBe(oauthserver.OAuth2Server.prototype)
    const server = new oauthserver({ model: {} })
    expect(server).toBeInstanceOf(oauthserver)
    expect(Object.keys(server).toSorted()).toEqual(['events', 'issuer', 'model'])
  })

  it('has exactly these methods on a server', () => {
    const methods = Object.getOwnPropertyNames(oauthserver.prototype)
    expect(methods.toSorted()).toEqual([
      'authCodeGrant',
      'authenticate',
      'authorise',
      'bypass',
      'constructor',
      'device',
      'deviceAuthorization',
      'errorHandler',
      'fetch',
      'grant',
      'handler',
      'introspect',
      'jwks',
      'listener',
      'lockdown',
      'metadata',
      'par',
      'register',
      'resourceMetadata',
      'revoke',
      'revokeGrants',
      'router',
    ])
  })
})
