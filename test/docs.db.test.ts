import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describeDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { defaults, rules } from '../core/src/options/settings'
import { Running, programFolder, programsOf, root, writeProgram } from './support/programs'

const programs = [
  'README.md',
  'core/README.md',
  'adapters/memory/README.md',
  'cli/README.md',
  'limiter/README.md',
  'adapters/typeorm/README.md',
  'adapters/mongo/README.md',
  'adapters/redis/README.md',
  'docs/tickets.md',
].flatMap(programsOf)

function program(name: string) {
  const found = programs.find((one) => one.name === name)
  if (!found) throw new Error(`No document has a program ${name}`)
  return found
}

/** Resolves with a token that a client, `ID:SECRET`, gets for itself. */
async function tokenFor(url: string, credentials: string): Promise<string> {
  const granted = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return ((await granted.json()) as { access_token: string }).access_token
}

describe('the programs in the documentation', () => {
  it.each(['quick-start.mts', 'hono.mts'])(
    '%s: prints a curl command that returns a token for the secret area',
    async (name) => {
      using place = programFolder()
      await using running = new Running(writeProgram(program(name), place.folder), place.folder)
      const url = await running.url()
      const [, credentials = ''] = await running.printed(/curl -u (\S+) .*/)
      const token = await tokenFor(url, credentials)
      const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
      expect(await answer.text()).toBe('Secret area')
      expect((await fetch(url)).status).toBe(401)
    },
  )

  it.each(['quick-start-2.4.cjs', 'quick-start-2.4.mts'])(
    '%s: says that the access token was not found',
    async (name) => {
      using place = programFolder()
      await using running = new Running(writeProgram(program(name), place.folder), place.folder)
      const answer = await fetch(await running.url())
      expect(answer.status).toBe(400)
      expect(await answer.json()).toEqual({
        code: 400,
        error: 'invalid_request',
        error_description: 'The access token was not found',
      })
    },
  )

  it('provider.mts: redirects to the client with a code', async () => {
    using place = programFolder()
    await using running = new Running(
      writeProgram(program('provider.mts'), place.folder),
      place.folder,
    )
    const url = await running.url()
    const [, clientId = ''] = await running.printed(/^([0-9a-f]{32}) [0-9a-f]{64}$/m)
    const target = new URL('/oauth/authorize', url)
    target.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: 'https://album.example.com/callback',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }).toString()
    const answer = await fetch(target, { redirect: 'manual' })
    const location = new URL(answer.headers.get('location') ?? '')
    expect(location.origin + location.pathname).toBe('https://album.example.com/callback')
    expect(location.searchParams.get('code')).toMatch(/^[0-9a-f]{40}$/)
    expect(location.searchParams.get('iss')).toBe('https://auth.example.com')
  })

  it('tickets.mts: a ticket opens the stream once', async () => {
    using place = programFolder()
    const file = writeProgram(program('tickets.mts'), place.folder)
    await using running = new Running(file, place.folder)
    const url = await running.url()
    const [, credentials = ''] = await running.printed(/curl -u (\S+) .*/)
    const token = await tokenFor(url, credentials)
    const headers = { Authorization: `Bearer ${token}` }
    const exchanged = await fetch(`${url}/tickets`, { method: 'POST', headers })
    const { ticket } = (await exchanged.json()) as { ticket: string }
    const open = (query: string) => fetch(`${url}/events?${query}`)
    const answers = await Promise.all([1, 2, 3].map(() => open(`ticket=${ticket}`)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401])
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(texts).toContain(`data: Hello ${credentials.split(':')[0]}\n\n`)
    for (const query of ['', `ticket=${token}`, `access_token=${token}`, 'ticket=a&ticket=b']) {
      expect((await open(query)).status).toBe(401)
    }
    expect((await fetch(`${url}/tickets`, { method: 'POST' })).status).toBe(401)
  })

  it('memory.mts: prints the secret only when it starts for the first time', async () => {
    using place = programFolder()
    const file = writeProgram(program('memory.mts'), place.folder)
    await using first = new Running(file, place.folder)
    expect(await first.ended()).toBe(0)
    expect(first.output).toContain('The secret of album')
    await using second = new Running(file, place.folder)
    expect(await second.ended()).toBe(0)
    expect(second.output).toBe('')
  })

  describeDatabase('redis', () => {
    it('redis.mts: prints the secret once, and finds no problem with the server', async () => {
      const { url, ...server } = await startDatabase('redis')
      try {
        using place = programFolder()
        const file = writeProgram(program('redis.mts'), place.folder)
        await using running = new Running(file, place.folder, { REDIS_URL: url })
        await running.printed(/^The secret of album, shown this once: [0-9a-f]{64}$/m)
        expect(running.output.trim().split('\n')).toHaveLength(1)
      } finally {
        await server.stop()
      }
    }, 120_000)
  })

  it('pass the type check', () => {
    using place = programFolder()
    for (const { name, code } of programs) writeFileSync(path.join(place.folder, name), code)
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
      expect([name, written[name]]).toEqual([name, texts[name] ?? JSON.stringify(value)])
    }
  })
})
