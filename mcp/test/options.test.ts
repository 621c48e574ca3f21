import { type McpAuthOptions, mcpAuth, mcpAuthenticate, mcpTokenVerifier } from '@oauth2-kit/mcp'
import * as errors from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { notes, resource } from './support/notes'

describe.each([
  ['mcpAuth()', mcpAuth],
  ['mcpAuthenticate()', mcpAuthenticate],
])('the options of %s', (name, make) => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'options'],
    ['no resource', {}, 'resource'],
    ['an undefined resource', { resource: undefined }, 'resource'],
    ['an unknown resource', { resource: 'https://other.example' }, 'resource'],
    ['a resource as a URL object', { resource: new URL(resource) }, 'resource'],
    ['a misspelt option', { resource, toolScope: {} }, 'toolScope'],
    ['an undefined scope', { resource, scope: undefined }, 'scope'],
    ['an empty scope', { resource, scope: [] }, 'scope'],
    ['a malformed scope', { resource, scope: 'a  b' }, 'scope'],
    ['another way to verify', { resource, verify: 'none' }, 'verify'],
    ['signatures without keys', { resource, verify: 'signature' }, 'verify'],
    ['undefined scopes of tools', { resource, toolScopes: undefined }, 'toolScopes'],
    ['text as scopes of tools', { resource, toolScopes: 'a' }, 'toolScopes'],
    ['a Map as scopes of tools', { resource, toolScopes: new Map([['a', 'b']]) }, 'toolScopes'],
    ['a list as scopes of tools', { resource, toolScopes: ['a'] }, 'toolScopes'],
    ['a tool with an empty list', { resource, toolScopes: { a: [] } }, 'toolScopes'],
    ['a tool with an empty scope', { resource, toolScopes: { a: '' } }, 'toolScopes'],
    ['a tool with a malformed scope', { resource, toolScopes: { a: ['b c'] } }, 'toolScopes'],
    ['a tool with undefined', { resource, toolScopes: { a: undefined } }, 'toolScopes'],
  ])('%s is an OptionError', async (_what, options, option) => {
    const { oauth } = await notes()
    const making = () => make(oauth, options as McpAuthOptions)
    expect(making).toThrow(expect.objectContaining({ code: 'OAUTH2_KIT_OPTION', option }))
  })

  it('an unknown one is named with the nearest', async () => {
    const { oauth } = await notes()
    const options = { resource, toolScope: {} } as McpAuthOptions
    expect(() => make(oauth, options)).toThrow(
      `Unknown option "toolScope" of ${name}. Did you mean "toolScopes"?`,
    )
  })
})

it('later changes to the options have no effect', async () => {
  const { oauth } = await notes()
  const toolScopes: Record<string, string[]> = { 'add-note': ['notes:write'] }
  const scope = ['notes:read']
  const authenticate = mcpAuthenticate(oauth, { resource, scope, toolScopes })
  toolScopes['add-note']!.length = 0
  delete toolScopes['add-note']
  scope.length = 0
  const { response } = await authenticate(
    new Request(resource, {
      method: 'POST',
      headers: { Authorization: 'Bearer x' },
      body: JSON.stringify({ method: 'tools/call', params: { name: 'add-note' } }),
    }),
  )
  expect(response?.headers.get('www-authenticate')).toContain('scope="notes:read notes:write"')
})

it('mcpTokenVerifier() refuses unknown options', async () => {
  const { oauth } = await notes()
  const options = { resource, errors, scope: 'notes:read' }
  expect(() => mcpTokenVerifier(oauth, options as never)).toThrow('Unknown option "scope"')
  expect(() => mcpTokenVerifier(oauth, { errors } as never)).toThrow('"resource" must be one of')
})
