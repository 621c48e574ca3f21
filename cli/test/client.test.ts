import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient, verifyPassword } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { command, json } from './support/command-line'

const uri = 'https://album.example/callback'
const create = ['client', 'create', '--redirect-uri', uri]

describe('client create', () => {
  it('registers a client, and prints it with its secret', async () => {
    const store = memoryStore()
    const made = await json([...create, '--name', 'Photo album', '--scope', 'profile email'], {
      store,
    })
    const { secret, ...client } = made
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(client).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'Photo album',
      type: 'confidential',
      redirectUris: [uri],
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['profile', 'email'],
    })
    expect(await store.getClient(client['id'] as string)).toMatchObject(client)
  })

  it('accepts every option', async () => {
    const store = memoryStore()
    const argv = [
      '--redirect-uri https://b.example/ --id album --any-scope',
      '--grant authorization_code --grant client_credentials',
      '--auth-method client_secret_post --user-id robot',
      '--resource https://b.example/api --resource https://b.example/files --introspects-all',
      '--allowed-resource https://b.example/api --pkce optional --rotation never',
      '--dpop required --par required --access-token-format jwt',
      '--redirect-uri cursor://cb --private-use-scheme cursor',
      '--access-token-lifetime 60 --refresh-token-lifetime never',
      '--metadata {"logo":"a"}',
    ].flatMap((options) => options.split(' '))
    const { secret: _, ...client } = await json([...create, ...argv], { store })
    expect(client).toEqual({
      id: 'album',
      type: 'confidential',
      authMethod: 'client_secret_post',
      redirectUris: [uri, 'https://b.example/', 'cursor://cb'],
      grantTypes: ['authorization_code', 'client_credentials'],
      scopes: null,
      allowedResources: ['https://b.example/api'],
      requirePkce: false,
      refreshTokenRotation: false,
      dpopBoundAccessTokens: true,
      requirePushedAuthorizationRequests: true,
      accessTokenFormat: 'jwt',
      resources: ['https://b.example/api', 'https://b.example/files'],
      introspectsAll: true,
      userId: 'robot',
      accessTokenLifetime: 60,
      refreshTokenLifetime: null,
      metadata: { logo: 'a' },
    })
  })

  it('without --json prints a table, and says that the secret is shown only once', async () => {
    const store = memoryStore()
    const { code, stdout } = await command([...create, '--id', 'album'], { store })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^id +album$/m)
    expect(stdout).toMatch(/^redirect URIs +https:\/\/album\.example\/callback$/m)
    expect(stdout).toMatch(/^scopes +-$/m)
    expect(stdout).toMatch(/^secret +[0-9a-f]{64}$/m)
    expect(stdout).toContain('The secret is shown only once')
  })

  it.each(['device_code', 'jwt-bearer'])('--grant %s: takes the short name', async (grant) => {
    const store = memoryStore()
    const long = `urn:ietf:params:oauth:grant-type:${grant}`
    const created = await json(['client', 'create', '--id', 'tv', '--grant', grant], { store })
    expect(created).toMatchObject({ grantTypes: [long] })
    const grants = ['--grant', long, '--grant', 'refresh_token']
    expect(await json(['client', 'update', 'tv', ...grants], { store })).toMatchObject({
      grantTypes: [long, 'refresh_token'],
    })
  })

  it('creates a public client, and prints no secret', async () => {
    const store = memoryStore()
    expect(await json([...create, '--public'], { store })).toMatchObject({
      type: 'public',
      authMethod: 'none',
      secret: null,
    })
    expect((await command([...create, '--public'], { store })).stdout).not.toContain('secret ')
  })

  it.each([
    ['a variable', ['--secret-env', 'SECRET'], { env: { SECRET: 'a chosen secret' } }],
    ['the standard input', ['--secret-stdin'], { input: 'a chosen secret\n' }],
  ])('reads a chosen secret from %s', async (_what, options, around) => {
    const store = memoryStore()
    const { secret } = await json([...create, '--id', 'album', ...options], { store, ...around })
    expect(secret).toBe('a chosen secret')
    const client = await store.getClient('album')
    expect(await verifyPassword('a chosen secret', client!.secretHash!)).toBe(true)
  })

  it.each<[string[], string]>([
    [['--redirect-uri', 'http://a.example/'], '--redirect-uri has "http://a.example/", which is'],
    [['--scope', 'a"b'], '--scope has "a"b", which is not a valid scope'],
    [['--id', 'a b'], '--id must be printable ASCII'],
    [['--auth-method', 'none'], '--auth-method of a confidential client must be'],
    [['--access-token-lifetime', 'long'], '--access-token-lifetime must be a whole number'],
    [['--resource', 'b'], '--resource has "b", which is not an absolute URI'],
    [['--metadata', '[1]'], '--metadata must be a JSON object'],
    [['--metadata', '{'], '--metadata must be a JSON object'],
    [['--secret-env', 'NO'], '--secret-env: the variable "NO" is not set'],
    [['--secret-env', 'SHORT'], 'the secret must have at least 8 characters'],
    [['--secret-env', 'A', '--secret-stdin'], 'use only one of --secret-env and --secret-stdin'],
    [['--secret-stdin'], 'the standard input has no secret'],
    [['--secret', 'x'], 'the secret must not be on the command line: use --secret-env or'],
    [['--secret=x'], 'the secret must not be on the command line: use --secret-env or'],
  ])('%j: exits with 2, and says why', async (options, message) => {
    const store = memoryStore()
    const { code, stdout, stderr } = await command([...create, ...options], {
      store,
      env: { SHORT: 'short' },
    })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`oauth2-kit: ${message}`)
    expect(await store.listClients({ limit: 9 })).toEqual([])
  })

  it('names the missing option if a client needs a redirect URI', async () => {
    const { code, stderr } = await command(['client', 'create'], { store: memoryStore() })
    expect([code, stderr]).toEqual([2, expect.stringContaining('--redirect-uri is empty')])
  })

  it('exits with 1 if the id exists', async () => {
    const store = memoryStore()
    await createClient(store, { id: 'album', redirectUris: [uri] })
    const { code, stderr } = await command([...create, '--id', 'album'], { store })
    expect([code, stderr]).toEqual([
      1,
      'oauth2-kit: A client with the id "album" already exists: choose another id\n',
    ])
  })
})

describe('client list', () => {
  it('prints every client, in order, in columns', async () => {
    const { stdout } = await command(['client', 'list'], { store: await manyClients(2) })
    expect(stdout).toBe(
      [
        'ID          NAME  TYPE          GRANT TYPES                       SCOPES',
        'client-000  -     confidential  authorization_code refresh_token  a b',
        'client-001  -     confidential  authorization_code refresh_token  any',
        '',
      ].join('\n'),
    )
  })

  it('--json: prints all of 250 clients, without their secret hashes', async () => {
    const store = await manyClients(250)
    const clients = await json<Record<string, unknown>[]>(['client', 'list'], { store })
    expect(clients).toHaveLength(250)
    expect(clients[7]).toMatchObject({ id: 'client-007', scopes: ['a', 'b'] })
    expect(JSON.stringify(clients)).not.toContain('secretHash')
  })

  it('and client show say which clients registered themselves', async () => {
    const store = await manyClients(1)
    const { client } = await createClient(store, { id: 'other', redirectUris: [uri] })
    const registration = {
      method: 'dynamic',
      issuedAt: Date.UTC(2026, 10, 24),
      usedAt: Date.UTC(2026, 11, 1),
      accessTokenHash: 'f'.repeat(64),
      clientUri: 'https://other.example',
    } as const
    await store.updateClient({ ...client, version: '2', registration }, client.version)
    const { stdout } = await command(['client', 'list'], { store })
    expect(stdout).toMatch(/SCOPES +REGISTERED\nclient-000 .* -\nother .* itself\n/)
    const shown = (await command(['client', 'show', 'other'], { store })).stdout
    expect(shown).toMatch(/^registered itself +2026-11-24T00:00:00.000Z$/m)
    expect(shown).toMatch(/^last used +2026-12-01T00:00:00.000Z$/m)
    expect(shown).toMatch(/^home page \(not verified\) +https:\/\/other.example$/m)
    const printed = JSON.stringify(await json(['client', 'list'], { store })) + shown
    expect(printed).not.toContain(registration.accessTokenHash)
  })

  it('says that there are no clients', async () => {
    const { stdout } = await command(['client', 'list'], { store: memoryStore() })
    expect(stdout).toBe('There are no clients.\n')
    expect(await json(['client', 'list'], { store: memoryStore() })).toEqual([])
  })

  it('replaces control characters in names, and prints one line per client', async () => {
    const store = memoryStore()
    const names = ['\u001b[2Jgone\r\n', 'Äpfel 👩‍👩‍👧']
    for (const name of names) {
      await createClient(store, { name, redirectUris: [uri] })
    }
    const { stdout } = await command(['client', 'list'], { store })
    expect(stdout).toContain('\ufffd[2Jgone\ufffd\ufffd')
    expect(stdout).not.toContain('\u001b')
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
  })
})

describe('client show, update, rotate-secret, delete', () => {
  it('show: prints everything except the secret hash and the version', async () => {
    const { store, client } = await withClient()
    const { secretHash, version, ...rest } = client
    expect(await json(['client', 'show', 'album'], { store })).toEqual(rest)
    const { stdout } = await command(['client', 'show', 'album'], { store })
    expect(stdout).toMatch(/^id +album$/m)
    expect(stdout).not.toContain(secretHash!)
    expect(stdout).not.toContain(version)
  })

  it('show: says what the client may introspect', async () => {
    const store = memoryStore()
    const introspecting = { resources: ['https://b.example/'], introspectsAll: true }
    await createClient(store, { id: 'api', grantTypes: [], ...introspecting })
    expect(await json(['client', 'show', 'api'], { store })).toMatchObject(introspecting)
    const { stdout } = await command(['client', 'show', 'api'], { store })
    expect(stdout).toMatch(/^resources +https:\/\/b\.example\/$/m)
    expect(stdout).toMatch(/^introspects +every access token$/m)
  })

  it('update: sets and removes what the client may introspect', async () => {
    const { store } = await withClient()
    const update = (...options: string[]) =>
      json(['client', 'update', 'album', ...options], { store })
    const resources = ['https://b.example/']
    const all = await update('--resource', resources[0]!, '--introspects-all')
    expect(all).toMatchObject({ resources, introspectsAll: true })
    const own = await update('--no-introspects-all')
    expect(own).toMatchObject({ resources, introspectsAll: false })
    expect(await update('--resource', '')).toMatchObject({ resources: [] })
    const argv = ['client', 'update', 'album', '--introspects-all', '--no-introspects-all']
    const both = await command(argv, { store })
    expect([both.code, both.stderr]).toEqual([
      2,
      'oauth2-kit: use only one of --introspects-all and --no-introspects-all\n',
    ])
  })

  it('update: changes only the given options', async () => {
    const { store, client } = await withClient()
    const argv = ['client', 'update', 'album', '--name', 'Album', '--scope', 'a', '--scope', 'b']
    await json(argv, { store })
    expect(await store.getClient('album')).toEqual({
      ...client,
      version: expect.any(String),
      name: 'Album',
      scopes: ['a', 'b'],
    })
    await json(['client', 'update', 'album', '--name', '', '--scope', ''], { store })
    expect(await store.getClient('album')).toEqual({ ...client, version: expect.any(String) })
  })

  it('update: restores the default lifetime', async () => {
    const { store, client } = await withClient()
    const lifetime = ['client', 'update', 'album', '--access-token-lifetime']
    expect(await json([...lifetime, 'never'], { store })).toMatchObject({
      accessTokenLifetime: null,
    })
    await json([...lifetime, 'default'], { store })
    expect(await store.getClient('album')).toEqual({ ...client, version: expect.any(String) })
  })

  it('update: exits with 2 if there is nothing to change', async () => {
    const { store } = await withClient()
    const { code, stderr } = await command(['client', 'update', 'album'], { store })
    expect([code, stderr]).toEqual([2, 'oauth2-kit: there is nothing to change\n'])
  })

  it('update: takes restrictions of a client away again', async () => {
    const store = memoryStore()
    const argv = [
      '--auth-method client_secret_post --pkce required --rotation never --dpop required',
      '--access-token-format opaque',
    ].flatMap((part) => part.split(' '))
    await json([...create, '--id', 'album', ...argv, '--allowed-resource', uri], { store })
    const back = [
      '--auth-method any --pkce default --rotation always --dpop optional --par optional',
      '--access-token-format default',
    ].flatMap((part) => part.split(' '))
    const update = ['client', 'update', 'album', ...back, '--allowed-resource', '']
    const client = await json(update, { store })
    for (const name of [
      'authMethod',
      'requirePkce',
      'refreshTokenRotation',
      'dpopBoundAccessTokens',
      'requirePushedAuthorizationRequests',
      'accessTokenFormat',
      'allowedResources',
    ]) {
      expect(client).not.toHaveProperty(name)
    }
  })

  it.each([
    [['--pkce', 'yes'], '--pkce must be required or optional or default'],
    [['--rotation', 'true'], '--rotation must be always or never'],
    [['--access-token-format', 'JWT'], '--access-token-format must be jwt or opaque or default'],
    [['--redirect-uri', 'cursor://cb'], 'list it in the option "privateUseSchemes"'],
  ])('create: refuses %j', async (argv, message) => {
    const { code, stderr } = await command([...create, ...argv], { store: memoryStore() })
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })

  it('rotate-secret: keeps the previous secret valid for a while', async () => {
    const store = memoryStore()
    await json([...create, '--id', 'album'], { store })
    const rotate = ['client', 'rotate-secret', 'album', '--keep-previous-for']
    const before = Date.now()
    const client = await json([...rotate, '60'], { store })
    expect(client['previousSecretExpiresAt']).toBeGreaterThanOrEqual(before + 60_000)
    expect(client).not.toHaveProperty('previousSecretHash')
    const { stdout } = await command(['client', 'show', 'album'], { store })
    expect(stdout).toMatch(/^previous secret valid until +\d{4}-/m)
    expect((await command([...rotate, 'soon'], { store })).code).not.toBe(0)
  })

  it('rotate-secret: prints a new secret', async () => {
    const { store, client, secret: old } = await withClient()
    const { secret } = await json(['client', 'rotate-secret', 'album'], { store })
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(secret).not.toBe(old)
    expect((await store.getClient('album'))?.secretHash).not.toBe(client.secretHash)
  })

  it('delete: removes the client', async () => {
    const { store } = await withClient()
    expect(await json(['client', 'delete', 'album'], { store })).toEqual({ deleted: 'album' })
    expect(await store.getClient('album')).toBeNull()
  })

  it.each(['show', 'update', 'rotate-secret', 'delete'])(
    '%s: exits with 1 if the client does not exist',
    async (name) => {
      const { store } = await withClient()
      const changes = name === 'update' ? ['--name', 'a'] : []
      const { code, stderr } = await command(['client', name, 'nobody', ...changes], { store })
      expect([code, stderr]).toEqual([1, 'oauth2-kit: There is no client "nobody"\n'])
    },
  )
})

/** Returns a store with one client. */
async function withClient() {
  const store = memoryStore()
  const { client, secret } = await createClient(store, { id: 'album', redirectUris: [uri] })
  return { store, client, secret }
}

/** Returns a store with `count` clients. */
async function manyClients(count: number) {
  const store = memoryStore()
  for (let n = 0; n < count; n++) {
    const id = `client-${String(n).padStart(3, '0')}`
    await createClient(store, { id, redirectUris: [uri], scopes: n === 1 ? null : ['a', 'b'] })
  }
  return store
}

describe('a client with keys', () => {
  const key = generateKeyPairSync('ed25519')
  const jwks = { keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: 'one' }] }
  const privateKeys = { keys: [key.privateKey.export({ format: 'jwk' })] }

  function folderWith(files: Record<string, unknown>): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-keys-'))
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      writeFileSync(path.join(folder, name), text)
    }
    folders.push(folder)
    return folder
  }
  const folders: string[] = []
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true })
  })

  it('is created with the keys in a file, and without a secret', async () => {
    const store = memoryStore()
    const file = path.join(folderWith({ 'jwks.json': jwks }), 'jwks.json')
    const made = await json([...create, '--id', 'robot', '--jwks', file], { store })
    expect(made).toMatchObject({ id: 'robot', authMethod: 'private_key_jwt', jwks, secret: null })
    expect(await store.getClient('robot')).toMatchObject({ secretHash: null, jwks })
    const { stdout } = await command(['client', 'show', 'robot'], { store })
    expect(stdout).toMatch(/^authentication method +private_key_jwt$/m)
    expect(stdout).toMatch(/^keys +one$/m)
  })

  it('is updated from a secret to keys at a URL, and back to a secret', async () => {
    const store = memoryStore()
    await json([...create, '--id', 'robot'], { store })
    const jwksUri = 'https://robot.example/jwks'
    const ended = 'Its secret is no longer valid: it authenticates with its keys.'
    const update = ['client', 'update', 'robot']
    expect((await command([...update, '--name', 'R2'], { store })).stdout).not.toContain(ended)
    expect((await command([...update, '--jwks-uri', jwksUri], { store })).stdout).toContain(ended)
    expect((await command([...update, '--name', 'R3'], { store })).stdout).not.toContain(ended)
    expect(await store.getClient('robot')).toMatchObject({
      authMethod: 'private_key_jwt',
      jwksUri,
      secretHash: null,
    })
    const rotated = await command(['client', 'rotate-secret', 'robot'], { store })
    expect(rotated.code).not.toBe(0)
    expect(rotated.stderr).toBe(
      `oauth2-kit: the client "robot" has keys (private_key_jwt), and no secret to rotate: publish the next key beside the current one at ${jwksUri}\n`,
    )
    await json(['client', 'update', 'robot', '--auth-method', 'any'], { store })
    const { secret } = await json(['client', 'rotate-secret', 'robot'], { store })
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(await store.getClient('robot')).not.toHaveProperty('jwksUri')
  })

  it('changes from a URL to a file, and to other keys', async () => {
    const store = memoryStore()
    await json([...create, '--id', 'robot', '--jwks-uri', 'https://robot.example/'], { store })
    const file = path.join(folderWith({ 'jwks.json': jwks }), 'jwks.json')
    const client = await json(['client', 'update', 'robot', '--jwks', file], { store })
    expect(client).toMatchObject({ jwks })
    expect(client).not.toHaveProperty('jwksUri')
    const { stderr } = await command(['client', 'rotate-secret', 'robot'], { store })
    expect(stderr).toContain('with client update robot --jwks FILE')
  })

  it.each<[string[], string]>([
    [['--jwks', 'missing.json'], 'cannot be read'],
    [['--jwks', 'text.json'], 'is not a JWK Set in JSON'],
    [['--jwks', 'private.json'], '--jwks has a private or symmetric key'],
    [['--jwks', 'null.json'], 'is not a JWK Set in JSON'],
    [['--jwks', 'jwks.json', '--jwks-uri', 'https://a.example'], 'use only one of'],
    [['--jwks-uri', 'http://a.example'], 'which is not https: use an https URL'],
    [
      ['--auth-method', 'private_key_jwt'],
      '--jwks or --jwks-uri is needed for private_key_jwt, and not both',
    ],
    [
      ['--jwks', 'jwks.json', '--auth-method', 'client_secret_post'],
      '--jwks needs --auth-method private_key_jwt',
    ],
    [['--jwks', 'jwks.json', '--secret-env', 'LONG'], 'cannot be set for a client with'],
  ])('%j: is refused, and says why', async (options, message) => {
    const cwd = folderWith({
      'jwks.json': jwks,
      'private.json': privateKeys,
      'text.json': 'text',
      'null.json': 'null',
    })
    const around = { store: memoryStore(), cwd, env: { LONG: 'a chosen secret' } }
    const { code, stderr } = await command([...create, ...options], around)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
})
