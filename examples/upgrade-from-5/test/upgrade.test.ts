import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ModelOptions, runConformance } from '@oauth2-kit/conformance'
import { Running } from '../../../test/support/programs'
import { Album } from './support/client'

const folder = path.join(__dirname, '..')
const steps = ['1-before.js', '2-store-under-their-server.js', '3-on-oauth2-kit.js'] as const
type Step = (typeof steps)[number]

const data: string[] = []
const running: Running[] = []
let clients: Album[]

/** Creates a folder in which a program keeps the file of its store. */
function newFolder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'upgrade-from-5-'))
  data.push(made)
  return made
}

async function start(step: Step, where = newFolder()) {
  const program = new Running(path.join(folder, step), where)
  running.push(program)
  return { program, album: new Album(await program.url()) }
}

beforeAll(async () => {
  const started = await Promise.all(steps.map((step) => start(step)))
  clients = started.map(({ album }) => album)
})

afterAll(async () => {
  await Promise.all(running.map((program) => program[Symbol.asyncDispose]()))
  for (const made of data) rmSync(made, { recursive: true })
})

/** Does the same with the client of every step. */
function everywhere<T>(act: (album: Album) => Promise<T>): Promise<T[]> {
  return Promise.all(clients.map(act))
}

/** Resolves with the `error` of the refusal, or with what was not refused. */
function refusal(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((error: { error?: string }) => error.error ?? error)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function linesOf(step: Step): string[] {
  return readFileSync(path.join(folder, step), 'utf8').split('\n')
}

describe('a program of oauth2-server 5, step by step', () => {
  it('changes only the model in the second step', () => {
    const before = new Set(linesOf(steps[0]))
    expect(linesOf(steps[1]).filter((line) => !before.has(line))).toEqual([
      "const { toPromiseModel } = require('@oauth2-kit/core')",
      "const { ready, store } = require('./store')",
      '  model: toPromiseModel(store, { users }),',
      'void ready.then(() => app.listen(3000))',
    ])
  })

  it('issues tokens of the user for a code with PKCE in every step, and refreshes them', async () => {
    const users = await everywhere(async (album) => {
      const first = await album.redeem(await album.authorize('17'))
      return album.api('me', await album.refresh(first.refresh_token))
    })
    expect(users).toEqual([{ id: '17' }, { id: '17' }, { id: '17' }])
  })

  it('issues tokens of the user for a password in every step', async () => {
    const users = await everywhere(async (album) =>
      album.api('me', await album.password('ada', 'engine')),
    )
    expect(users).toEqual([{ id: '17' }, { id: '17' }, { id: '17' }])
  })

  it('issues a token to the client itself in every step, without a refresh token', async () => {
    const reports = await everywhere(async (album) => {
      const tokens = await album.clientCredentials('report')
      return [tokens.refresh_token, await album.api('report', tokens)]
    })
    expect(reports).toEqual(steps.map(() => [undefined, { client: 'album' }]))
  })

  it('refuses a token without the scope in every step', async () => {
    const statuses = await everywhere(async (album) =>
      album.api('report', await album.password('ada', 'engine')),
    )
    expect(statuses).toEqual([403, 403, 403])
  })

  it('refuses a scope that the client may not have in every step', async () => {
    const errors = await everywhere((album) => refusal(album.clientCredentials('admin')))
    expect(errors).toEqual(['invalid_scope', 'invalid_scope', 'invalid_scope'])
  })

  it('refuses a wrong password and a wrong verifier in every step', async () => {
    const errors = await everywhere(async (album) => {
      const callback = await album.authorize('17')
      const other = await album.authorize('17')
      return [
        await refusal(album.password('ada', 'wrong')),
        await refusal(album.redeem({ ...callback, verifier: other.verifier })),
      ]
    })
    expect(errors).toEqual(steps.map(() => ['invalid_grant', 'invalid_grant']))
  })

  it('redirects to the client if the user refuses, once it is on oauth2-kit', async () => {
    const answers = await everywhere(async (album) => {
      const { status, url } = await album.authorize('17', { allowed: 'false' })
      return [status, url.searchParams.get('error')]
    })
    // The first two responses have the header Location, but no browser follows it with this status.
    expect(answers).toEqual([
      [400, 'access_denied'],
      [400, 'access_denied'],
      [303, 'access_denied'],
    ])
  })

  it('ends the grant of a code that is redeemed twice, once it is on the store', async () => {
    const answers = await everywhere(async (album) => {
      const callback = await album.authorize('17')
      const tokens = await album.redeem(callback)
      return [await refusal(album.redeem(callback)), await album.api('me', tokens)]
    })
    expect(answers).toEqual([
      ['invalid_grant', { id: '17' }],
      ['invalid_grant', 401],
      ['invalid_grant', 401],
    ])
  })

  it('keeps tokens only as hashes, once it is on the store', async () => {
    const where = newFolder()
    const { program, album } = await start(steps[1], where)
    const tokens = await album.password('ada', 'engine')
    // A running program may replace its files while they are read.
    await program[Symbol.asyncDispose]()
    const files = readdirSync(where).map((file) => readFileSync(path.join(where, file), 'utf8'))
    const kept = files.join('\n')
    expect(kept).toContain(sha256(tokens.access_token))
    expect(kept).not.toContain(tokens.access_token)
    expect(kept).not.toContain(tokens.refresh_token)
  })
})

describe('the model of the first step', () => {
  it('redeems a code once, but returns the objects that it keeps', async () => {
    const options = require('../conformance') as ModelOptions
    const { contract, verdicts } = await runConformance(options)
    expect(contract).toBe('promise model')
    const idsOf = (status: string) =>
      verdicts.filter((one) => one.status === status).map((one) => one.case.id)
    expect(idsOf('failed')).toContain('value.aliasing')
    expect(idsOf('passed')).toEqual(
      expect.arrayContaining(['once.code.stampede', 'client.secret.absent']),
    )
  })
})

describe('from the second step to the third, and back', () => {
  it.each([
    ['forward', steps[1], steps[2]],
    ['back', steps[2], steps[1]],
  ])('%s: tokens and codes of the one are valid in the other', async (_title, from, to) => {
    const where = newFolder()
    const before = await start(from, where)
    const tokens = await before.album.password('ada', 'engine')
    const callback = await before.album.authorize('17')
    await before.program.stop()

    const { album } = await start(to, where)
    expect(await album.api('me', tokens)).toEqual({ id: '17' })
    expect(await album.api('me', await album.redeem(callback))).toEqual({ id: '17' })
    const refreshed = await album.refresh(tokens.refresh_token)
    expect(await album.api('me', refreshed)).toEqual({ id: '17' })
  })

  it('detects that a refresh token was redeemed before the step', async () => {
    const where = newFolder()
    const before = await start(steps[1], where)
    const first = await before.album.password('ada', 'engine')
    const second = await before.album.refresh(first.refresh_token)
    await before.program.stop()

    const { album } = await start(steps[2], where)
    expect(await refusal(album.refresh(first.refresh_token))).toBe('invalid_grant')
    expect(await album.api('me', second)).toBe(401)
  })
})
