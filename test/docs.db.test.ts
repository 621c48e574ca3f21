import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import oauthserver, { type JsonWebKeySet, createClient } from '@oauth2-kit/core'
import { describeDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { memoryStore } from '@oauth2-kit/memory'
import { rules as promiseRules } from '../core/src/model-promise/options'
import { defaults, rules } from '../core/src/options/settings'
import {
  Running,
  curlsOf,
  programFolder,
  programsOf,
  root,
  tokenOf,
  writeProgram,
} from './support/programs'

const programs = [
  'README.md',
  'core/README.md',
  'adapters/memory/README.md',
  'cli/README.md',
  'limiter/README.md',
  'adapters/typeorm/README.md',
  'adapters/mongo/README.md',
  'adapters/redis/README.md',
  'docs/jwt-access-tokens.md',
  'docs/tickets.md',
  'docs/private-key-jwt.md',
  'docs/jwt-bearer-grant.md',
  'docs/dynamic-client-registration.md',
  'docs/upgrading/from-3-to-5.md',
].flatMap(programsOf)

/** A server of the client `robot` with these keys. */
async function keyServer(jwks: JsonWebKeySet): Promise<AsyncDisposable & { issuer: string }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = memoryStore()
  const [authMethod, grantTypes] = ['private_key_jwt' as const, ['client_credentials']]
  await createClient(store, { id: 'robot', authMethod, jwks, grantTypes, scopes: ['read'] })
  server.on('request', oauthserver({ store, issuer, grants: grantTypes }).listener())
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function program(name: string) {
  const found = programs.find((one) => one.name === name)
  if (!found) throw new Error(`No document has a program ${name}`)
  return found
}

/** Returns the curl commands of the document with this program. */
function curls(name: string): string[] {
  return curlsOf(program(name).document)
}

describe('the programs in the documentation', () => {
  it.each(['quick-start.mjs', 'hono.mjs', 'under-another-server.mjs'])(
    '%s: prints a curl command that gets a token, with which another one gets the secret area',
    async (name) => {
      using place = programFolder()
      await using running = new Running(writeProgram(program(name), place.folder), place.folder)
      const TOKEN = await running.token()
      const use = curls(name).find((command) => command.endsWith("TOKEN' localhost:3000"))!
      expect(await running.curl(use, { TOKEN })).toBe('Secret area')
      expect((await fetch(await running.url())).status).toBe(401)
    },
  )

  it.each(['quick-start-2.4.cjs', 'quick-start-2.4.mts'])(
    '%s: says that the access token was not found',
    async (name) => {
      using place = programFolder()
      await using running = new Running(writeProgram(program(name), place.folder), place.folder)
      const command = curls(name).find((one) => one === 'curl localhost:3000')!
      expect(JSON.parse(await running.curl(command))).toEqual({
        code: 400,
        error: 'invalid_request',
        error_description: 'The access token was not found',
      })
    },
  )

  it('provider.mjs: three curl commands get a code, a token and the user', async () => {
    using place = programFolder()
    const file = writeProgram(program('provider.mjs'), place.folder)
    await using running = new Running(file, place.folder)
    const [, ID = '', SECRET = ''] = await running.printed(/^([0-9a-f]{32}) ([0-9a-f]{64})$/m)
    const [authorize, token, use] = curls('provider.mjs')
    const location = new URL(await running.curl(authorize!, { ID }))
    expect(location.origin + location.pathname).toBe('https://album.example.com/callback')
    expect(location.searchParams.get('iss')).toBe('http://localhost:3000')
    const CODE = location.searchParams.get('code') ?? ''
    const TOKEN = tokenOf(await running.curl(token!, { ID, SECRET, CODE }))
    expect(await running.curl(use!, { TOKEN })).toBe('{"id":"user-1"}')
  })

  it('registering.mjs: a curl command registers a client', async () => {
    using place = programFolder()
    const file = writeProgram(program('registering.mjs'), place.folder)
    await using running = new Running(file, place.folder)
    await running.url()
    const [register] = curls('registering.mjs')
    expect(JSON.parse(await running.curl(register!))).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_name: 'Photo printer',
      redirect_uris: ['http://127.0.0.1/callback'],
      scope: 'profile',
    })
  })

  it('tickets.mjs: a ticket opens the stream once', async () => {
    using place = programFolder()
    const file = writeProgram(program('tickets.mjs'), place.folder)
    await using running = new Running(file, place.folder)
    const url = await running.url()
    const TOKEN = await running.token()
    const [exchange, open] = curls('tickets.mjs')
    const exchanged = await running.curl(exchange!, { TOKEN })
    const { ticket: TICKET } = JSON.parse(exchanged) as { ticket: string }
    const [, clientId] = /curl -u (\w+):/.exec(running.output)!
    const answers = await Promise.all([1, 2, 3].map(() => running.curl(open!, { TICKET })))
    expect(answers.toSorted()).toEqual([
      'Unauthorized',
      'Unauthorized',
      `data: Hello ${clientId}\n\n`,
    ])
    for (const query of ['', `ticket=${TOKEN}`, `access_token=${TOKEN}`, 'ticket=a&ticket=b']) {
      expect((await fetch(`${url}/events?${query}`)).status).toBe(401)
    }
    expect((await fetch(`${url}/tickets`, { method: 'POST' })).status).toBe(401)
  })

  it('jwt.mjs: verify.mjs prints the claims of its tokens, and nothing for another', async () => {
    using place = programFolder()
    const file = writeProgram(program('jwt.mjs'), place.folder)
    await using running = new Running(file, place.folder)
    const TOKEN = await running.token()
    const [use] = curls('jwt.mjs')
    expect(await running.curl(use!, { TOKEN })).toMatch(/^Secret area of [0-9a-f]{32}$/)
    const { host } = new URL(await running.url())
    const { code, ...verify } = program('verify.mjs')
    // The server does not listen at the port of its issuer.
    const found = code.replace('localhost:3000/oauth/jwks', `${host}/oauth/jwks`)
    const verifier = writeProgram({ ...verify, code: found }, place.folder)
    const verified = (token: string) => new Running(verifier, place.folder, { TOKEN: token })
    await using good = verified(TOKEN)
    expect(await good.ended()).toBe(0)
    expect(good.output).toContain("scope: 'read'")
    await using bad = verified(`${TOKEN.slice(0, -8)}AAAAAAAA`)
    expect(await bad.ended()).toBe(1)
    expect(bad.output).toContain('JWSSignatureVerificationFailed')
  })

  it('robot.mjs: gets a token with the key that robot-key.mjs has made', async () => {
    using place = programFolder()
    const make = writeProgram(program('robot-key.mjs'), place.folder)
    await using made = new Running(make, place.folder)
    expect([await made.ended(), made.output]).toEqual([0, ''])
    const jwks = readFileSync(path.join(place.folder, 'robot.jwks.json'), 'utf8')
    await using server = await keyServer(JSON.parse(jwks) as JsonWebKeySet)
    const file = writeProgram(program('robot.mjs'), place.folder)
    await using running = new Running(file, place.folder, { ISSUER: server.issuer })
    await running.printed(/^A token for read, valid for 3600 seconds$/m)
    expect(await running.ended()).toBe(0)
  })

  it('jwt-bearer.mjs: exchanges an assertion once', async () => {
    using place = programFolder()
    const file = writeProgram(program('jwt-bearer.mjs'), place.folder)
    await using running = new Running(file, place.folder)
    const TOKEN = await running.token()
    const [use] = curls('jwt-bearer.mjs')
    expect(await running.curl(use!, { TOKEN })).toBe('{"id":"partner-ada"}')
    const [again] = await running.printed(/^curl .*$/m)
    expect(await running.curl(again)).toContain('its jti has been used before')
  })

  it('memory.mjs: prints the secret only when it starts for the first time', async () => {
    using place = programFolder()
    const file = writeProgram(program('memory.mjs'), place.folder)
    await using first = new Running(file, place.folder)
    expect(await first.ended()).toBe(0)
    expect(first.output).toContain('The secret of album')
    await using second = new Running(file, place.folder)
    expect(await second.ended()).toBe(0)
    expect(second.output).toBe('')
  })

  describeDatabase('redis', () => {
    it('redis.mjs: prints the secret once, and finds no problem with the server', async () => {
      const { url, ...server } = await startDatabase('redis')
      try {
        using place = programFolder()
        const file = writeProgram(program('redis.mjs'), place.folder)
        await using running = new Running(file, place.folder, { REDIS_URL: url })
        await running.printed(/^The secret of album, shown this once: [0-9a-f]{64}$/m)
        expect(running.output.trim().split('\n')).toHaveLength(1)
      } finally {
        await server.stop()
      }
    })
  })

  it('pass the type check', () => {
    using place = programFolder()
    // Each program is valid TypeScript, whatever its name.
    for (const { name, code } of programs) {
      writeFileSync(path.join(place.folder, name.replace('.mjs', '.mts')), code)
    }
    // A short example may have unused variables and parameters.
    const config = {
      extends: path.join(root, 'tsconfig.test.json'),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ['*.mts'],
    }
    writeFileSync(path.join(place.folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = path.join(root, 'node_modules/.bin/tsc')
    const { stdout } = spawnSync(tsc, ['-p', place.folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})

describe('the table of options in core/README.md', () => {
  const table = readFileSync(path.join(root, 'core/README.md'), 'utf8')
    .split('## Options')[1]!
    .split('\n## ')[0]!
  const rows = [...table.matchAll(/^\| `(\w+)` \| .* \| (.*) \|$/gm)].map(([, name, value]) => [
    name,
    value,
  ])

  it('lists every option, and no other', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(rules))
  })

  it('lists the actual defaults', () => {
    const written = Object.fromEntries(rows)
    for (const [name, value] of Object.entries(defaults)) {
      const texts: Record<string, string> = { now: 'Date.now', passwords: 'scrypt' }
      const shown = typeof value === 'string' ? `\`'${value}'\`` : JSON.stringify(value)
      expect([name, written[name]]).toEqual([name, texts[name] ?? shown])
    }
  })
})

it('core/README.md lists every option of toPromiseModel', () => {
  const section = readFileSync(path.join(root, 'core/README.md'), 'utf8')
    .split('\n## Under oauth2-server 3 to 5')[1]!
    .split('\n## ')[0]!
  const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell)
  const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name))
  expect(new Set(names)).toEqual(new Set(Object.keys(promiseRules)))
})
