import { readFileSync } from 'node:fs'
import path from 'node:path'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { cacheDefaults } from '../../src/options/client-metadata'

const issuer = 'https://auth.example'
const clientMetadata = { scopes: null }

function make(options: object) {
  return () => oauthserver({ store: memoryStore(), issuer, clientMetadata, ...options })
}

describe('the option clientMetadata', () => {
  it('documents the defaults of the cache', () => {
    const source = readFileSync(
      path.join(__dirname, '../../src/options/client-metadata.ts'),
      'utf8',
    )
    const documented = [...source.matchAll(/@default (\d+) \*\/\n {2}(\w+)\?:/g)]
    const multiline = [...source.matchAll(/@default (\d+)\n {3}\*\/\n {2}(\w+)\?:/g)]
    const found = [...documented, ...multiline].map(([, value, name]) => [name, Number(value)])
    expect(Object.fromEntries(found)).toEqual(cacheDefaults)
    expect(Object.isFrozen(cacheDefaults)).toBe(true)
  })

  it.each([
    ['the profile v2', { profile: 'v2' }, /"clientMetadata" needs the profile 'oauth2.1'/],
    [
      'no authorization codes',
      { grants: ['client_credentials'] },
      /"clientMetadata" needs the grant type authorization_code/,
    ],
    ['ids without URLs', { clientIdRegex: /^\w+$/ }, /"clientIdRegex" must match URLs/],
    ['text as scopes', { clientMetadata: { scopes: 'read' } }, /"clientMetadata.scopes" must be/],
    ['two scopes in one', { clientMetadata: { scopes: ['a b'] } }, /"clientMetadata.scopes" must/],
    ['an empty scope', { clientMetadata: { scopes: [''] } }, /"clientMetadata.scopes" must be/],
    ['true as allow', { clientMetadata: { scopes: null, allow: true } }, /"clientMetadata.allow"/],
    [
      'a URL as fetch',
      { clientMetadata: { scopes: null, fetch: issuer } },
      /"clientMetadata.fetch"/,
    ],
    [
      'https as a scheme of apps',
      { clientMetadata: { scopes: null, privateUseSchemes: ['https'] } },
      /"clientMetadata.privateUseSchemes" must be/,
    ],
    [
      'no cache',
      { clientMetadata: { scopes: null, cache: null } },
      /"clientMetadata.cache" must be/,
    ],
    [
      'a cache without entries',
      { clientMetadata: { scopes: null, cache: { entries: 0 } } },
      /"clientMetadata.cache.entries" must be/,
    ],
    [
      'a text as bound',
      { clientMetadata: { scopes: null, cache: { leastSeconds: '60' } } },
      /"clientMetadata.cache.leastSeconds" must be/,
    ],
    [
      'bounds in the wrong order',
      { clientMetadata: { scopes: null, cache: { leastSeconds: 60, mostSeconds: 59 } } },
      /"clientMetadata.cache.leastSeconds" must be at most/,
    ],
    ['no scopes', { clientMetadata: {} }, /"clientMetadata.scopes" is missing/],
    [
      'a misspelt option',
      { clientMetadata: { scopes: null, alow: () => true } },
      /"clientMetadata.alow".*"allow"/,
    ],
    [
      'a misspelt option of the cache',
      { clientMetadata: { scopes: null, cache: { entrys: 1 } } },
      /"clientMetadata.cache.entrys".*"entries"/,
    ],
  ])('is refused with %s', (_what, options, says) => {
    expect(make(options)).toThrow(says)
  })

  it('needs a store', () => {
    expect(() => oauthserver({ model: {}, clientMetadata } as never)).toThrow(
      '"clientMetadata" needs a store',
    )
  })
})
