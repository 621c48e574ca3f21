import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { readConfig } from '../src/config'
import { Program } from './support/program'

describe('the environment', () => {
  it('may be empty', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      issuer: undefined,
      sessionSecrets: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      rateLimit: true,
      rememberConsent: true,
      keysFile: undefined,
      accessTokenFormat: 'opaque',
      clientMetadata: false,
      trustedIssuer: undefined,
      dpopNonceSecret: undefined,
      registration: undefined,
      refreshGrace: undefined,
      store: 'memory',
      storeFile: undefined,
      databaseUrl: undefined,
      storeTimeout: 5000,
      driverTimeout: 2000,
      demo: {
        username: 'demo',
        password: 'demo-password',
        clientId: 'demo-web',
        clientSecret: 'demo-web-secret',
        clientAuthMethod: undefined,
        publicClientId: 'demo-spa',
        deviceClientId: 'demo-device',
        redirectUris: ['http://localhost:4000/callback', 'http://127.0.0.1:4000/callback'],
        scopes: ['profile', 'email', 'offline_access'],
      },
      admin: undefined,
    })
  })

  it.each([
    [{}, 'memory'],
    [{ STORE_FILE: 'x.snapshot' }, 'memory'],
    [{ DATABASE_URL: '' }, 'memory'],
    [{ DATABASE_URL: 'file:x.sqlite' }, 'sql'],
    [{ DATABASE_URL: 'postgres://a.example/x' }, 'sql'],
    [{ DATABASE_URL: 'postgresql://a.example/x' }, 'sql'],
    [{ DATABASE_URL: 'mysql://a.example/x' }, 'sql'],
    [{ DATABASE_URL: 'mariadb://a.example/x' }, 'sql'],
    [{ DATABASE_URL: 'mongodb://a.example/x' }, 'mongo'],
    [{ DATABASE_URL: 'mongodb+srv://a.example/x' }, 'mongo'],
    [{ DATABASE_URL: 'redis://a.example' }, 'redis'],
    [{ DATABASE_URL: 'rediss://a.example' }, 'redis'],
    [{ DATABASE_URL: 'redis+cluster://a.example:1' }, 'redis'],
    [{ DATABASE_URL: 'postgres://a.example/x', STORE: 'typeorm' }, 'typeorm'],
    [{ DATABASE_URL: 'file:x', STORE_FILE: 'x', STORE: 'memory' }, 'memory'],
  ])('%j: uses the store %s', (env, store) => {
    expect(readConfig(env).store).toBe(store)
  })

  it.each([
    [
      { DATABASE_URL: 'oracle://ada:a-secret@a.example' },
      /^DATABASE_URL begins with none of file:/,
    ],
    [{ DATABASE_URL: 'a-secret' }, /^DATABASE_URL begins with none of file:/],
    [{ DATABASE_URL: 'file:x', STORE_FILE: 'x' }, /^STORE_FILE and DATABASE_URL name two stores/],
  ])('%j: is refused, without a word of the URL', (env, message) => {
    const refused = () => readConfig(env)
    expect(refused).toThrow(message)
    expect(refused).not.toThrow(/a-secret/)
  })

  it('may have empty variables, which count as unset', () => {
    const { sessionSecrets: _, ...config } = readConfig({ PORT: '', ISSUER: '', DEMO_SCOPES: '' })
    expect(config).toEqual({ ...readConfig({}), sessionSecrets: undefined })
  })

  it('lists redirect URIs and scopes, separated by commas or spaces, without duplicates', () => {
    const { demo } = readConfig({
      DEMO_REDIRECT_URI: ' https://a.example/1, https://b.example/2 https://a.example/1',
      DEMO_SCOPES: 'read,write',
    })
    expect(demo.redirectUris).toEqual(['https://a.example/1', 'https://b.example/2'])
    expect(demo.scopes).toEqual(['read', 'write'])
  })

  it.each([
    ['DEMO_CLIENT_AUTH_METHOD', 'none'],
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['ISSUER', 'auth.example.com'],
    ['ISSUER', 'http://auth.example.com'],
    ['ISSUER', 'https://auth.example.com/'],
    ['ISSUER', 'https://auth.example.com/tenant'],
    ['ISSUER', 'https://auth.example.com?a=b'],
    ['ISSUER', 'ftp://localhost'],
    ['RATE_LIMIT', 'no'],
    ['REMEMBER_CONSENT', 'yes'],
    ['ACCESS_TOKEN_FORMAT', 'JWT'],
    ['CLIENT_METADATA', 'yes'],
    ['TRUSTED_ISSUER', 'https://issuer.example.com'],
    ['TRUSTED_ISSUER_KEYS_FILE', 'issuer.json'],
    ['DPOP_NONCE_SECRET', 'short'],
    ['REGISTRATION', 'on'],
    ['REGISTRATION', 'token'],
    ['INITIAL_ACCESS_TOKEN', 'a-random-initial-access-token'],
    ['REFRESH_GRACE', '-1'],
    ['REFRESH_GRACE', 'ten'],
    ['REFRESH_GRACE', 'Infinity'],
    ['STORE_TIMEOUT', '0'],
    ['STORE_TIMEOUT', '2.5'],
    ['DEMO_USERNAME', 'x'.repeat(256)],
    ['DEMO_PUBLIC_CLIENT_ID', 'demo-web'],
    ['DEMO_DEVICE_CLIENT_ID', 'demo-spa'],
    ['ADMIN_PASSWORD', 'without-a-name'],
    ['ADMIN_USERNAME', 'x'.repeat(256)],
  ])('with %s=%j: is refused with a message that names the variable', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^.*${name}.*$`))
  })
})

describe('the administrator', () => {
  it.each([
    ['another user', { ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: 'boss-password' }],
    ['an existing user', { ADMIN_USERNAME: 'boss' }],
  ])('may be %s', (_who, env: Record<string, string>) => {
    const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = env
    expect(readConfig(env).admin).toEqual({ username, password })
  })

  it.each([
    ['is too short', { ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: 'short' }],
    ['differs from DEMO_PASSWORD', { ADMIN_USERNAME: 'demo', ADMIN_PASSWORD: 'boss-password' }],
  ])('cannot have a password that %s', (_what, env) => {
    expect(() => readConfig(env)).toThrow(/^ADMIN_PASSWORD.*$/)
  })
})

describe('the program', () => {
  it.each([
    [{ ADMIN_USERNAME: 'nobody' }, 'ADMIN_USERNAME: there is no user "nobody"'],
    [{ PORT: 'abc' }, 'PORT is "abc": use a number from 0 (any free port) to 65535'],
    [{ STORE: 'oracle' }, 'STORE is "oracle": use one of memory, '],
    [{ STORE: '__proto__' }, 'STORE is "__proto__": use one of memory, '],
    [{ DEMO_REDIRECT_URI: 'javascript:alert(1)' }, '"javascript:alert(1)", which has a scheme'],
    [{ DEMO_CLIENT_SECRET: 'short' }, '"secret" must have at least 8 characters'],
    [{ STORE: 'typeorm' }, 'STORE=typeorm needs a DATABASE_URL'],
    [{ STORE: 'sql', DATABASE_URL: 'mssql://x' }, 'DATABASE_URL must begin with postgres:, mysql:'],
    [{ DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 'DATABASE_URL: '],
    [{ DATABASE_URL: 'mysql://127.0.0.1:1/x' }, 'DATABASE_URL: '],
    [{ DATABASE_URL: 'file:/nowhere/at/all' }, 'DATABASE_URL: '],
    [
      { STORE: 'typeorm', DATABASE_URL: 'mssql://x' },
      'DATABASE_URL must begin with postgres:, mysql:',
    ],
    [{ STORE: 'typeorm', DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 'DATABASE_URL: '],
    [{ STORE_FILE: '/nowhere/at/all' }, 'STORE_FILE: ENOENT'],
    [{ STORE_FILE: __filename }, 'STORE_FILE: The snapshot'],
  ])('with %j: prints the problem in one line, and exits with 1', async (environment, message) => {
    await using program = new Program('provider', environment)
    expect(await program.exit).toBe(1)
    expect(program.output).toContain(message)
    expect(program.output).not.toContain('    at ')
    expect(program.output.trim().split('\n')).toHaveLength(1)
  })

  it('reports that its port is taken', async () => {
    await using first = new Program('provider', {})
    const { port } = new URL(await first.url())
    await using second = new Program('provider', { PORT: port })
    expect(await second.exit).toBe(1)
    expect(second.output).toContain(`PORT ${port} can't be used: another program listens on it`)
  })

  it('uses ISSUER in its metadata', async () => {
    await using program = new Program('provider', { ISSUER: 'https://auth.example.com' })
    const url = await program.url()
    const answer = await fetch(`${url}/.well-known/oauth-authorization-server`)
    expect(await answer.json()).toMatchObject({ issuer: 'https://auth.example.com' })
    expect(program.output).toContain('Issuer: https://auth.example.com')
  })
})

describe('the readme', () => {
  it('names every variable', () => {
    const folder = path.resolve(__dirname, '..')
    const source = readFileSync(path.join(folder, 'src/config.ts'), 'utf8')
    const readme = readFileSync(path.join(folder, 'README.md'), 'utf8')
    const names = [...source.matchAll(/(?:read\('|env\.)([A-Z_]+)/g)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(readme).toContain(`\`${name}\``)
  })

  it('and three others show exactly the images in docs/images', () => {
    const root = path.resolve(__dirname, '../../..')
    const examples = ['provider', 'client', 'mcp'].map((name) => `examples/${name}/README.md`)
    const readmes = ['README.md', ...examples]
    const shown = readmes.flatMap((file) =>
      [...readFileSync(path.join(root, file), 'utf8').matchAll(/docs\/images\/([\w-]+\.png)/g)].map(
        ([, name]) => name,
      ),
    )
    expect(new Set(shown)).toEqual(new Set(readdirSync(path.join(root, 'docs/images'))))
  })
})
