import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { authenticateUser } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { until } from '../../core/test/support/until'
import { programFolder, root } from '../../test/support/programs'
import { jsonLines } from '../src/json-lines'
import { command } from './support/command-line'

const client = { kind: 'client', id: 'album', type: 'public', grantTypes: ['password'] }
const user = { kind: 'user', id: '17', username: 'ada', password: 'a long password' }
const grant = {
  kind: 'grant',
  clientId: 'album',
  userId: '17',
  accessToken: 'secret-access',
  accessTokenExpiresAt: null,
}
const lines = (...rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** Returns whether a process has a file open, which only Linux shows. */
function hasOpen(pid: number, file: string): boolean {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).some((fd) => {
    try {
      return readlinkSync(path.join(folder, fd)) === file
    } catch {
      // The process has closed it since.
      return false
    }
  })
}

describe('import', () => {
  it('imports a file and prints how many rows it created', async () => {
    using place = programFolder()
    writeFileSync(path.join(place.folder, 'export.jsonl'), lines(client, user, grant))
    const store = memoryStore()
    const argv = ['import', '--from', 'export.jsonl']
    const { code, stdout, stderr } = await command(argv, { store, cwd: place.folder })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toBe(
      [
        '         created  already there  skipped  failed',
        'clients  1        0              0        0',
        'users    1        0              0        0',
        'grants   1        0              0        0\n',
      ].join('\n'),
    )
    expect(await authenticateUser(store, 'ada', 'a long password')).toMatchObject({ id: '17' })
    const again = await command([...argv, '--json'], { store, cwd: place.folder })
    expect(JSON.parse(again.stdout)).toMatchObject({
      rows: 3,
      clients: { created: 0, alreadyThere: 1 },
      users: { created: 0, alreadyThere: 1 },
      grants: { created: 0, alreadyThere: 1 },
      failures: [],
    })
  })

  it('names the lines that are wrong, exits with 1, and prints no secret', async () => {
    const input = [
      '\uFEFF' + lines(client).trim(),
      '{"kind":"user","password":"a long password"',
      '',
      '"a long password"',
      lines({ ...grant, refreshToken: 'secret-refresh' }).trim(),
      lines(grant).trim(),
      '',
      '',
    ].join('\r\n')
    const store = memoryStore()
    const { code, stdout, stderr } = await command(['import', '--from', '-'], { store, input })
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout.split('\n').slice(4)).toEqual([
      '',
      'Not imported:',
      'line 2: The line is not a JSON object: write each row as one JSON object on one line',
      'line 3: The line is empty: remove it',
      'line 4: The line is not a JSON object: write each row as one JSON object on one line',
      'line 5: "refreshTokenExpiresAt" is missing: write null for never',
      '',
    ])
    expect(stdout).not.toMatch(/secret-|long password/)
    const { stdout: json } = await command(['import', '--from', '-', '--json'], { store, input })
    expect(JSON.parse(json)).toMatchObject({ failed: 4, grants: { alreadyThere: 1, failed: 1 } })
    expect((JSON.parse(json) as { failures: object[] }).failures[1]).toEqual({
      line: 3,
      reason: 'The line is empty: remove it',
    })
    expect(json).not.toMatch(/secret-|long password/)
  })

  it('counts the lines beyond the first 100 wrong ones', async () => {
    const input = 'x\n'.repeat(150)
    const { stdout } = await command(['import', '--from', '-'], { store: memoryStore(), input })
    expect(stdout).toMatch(/^line 100: .*\nand 50 more lines\n$/m)
  })

  it('with --dry-run, changes nothing', async () => {
    const store = memoryStore()
    const input = lines(client, user, grant)
    const argv = ['import', '--from', '-', '--dry-run', '--json']
    const { code, stdout } = await command(argv, { store, input })
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ grants: { created: 1, alreadyThere: 0, skipped: 0, failed: 0 } }),
    ])
    expect(await store.getClient('album')).toBeNull()
    expect(await store.getUser('17')).toBeNull()
  })

  it('shows the progress on a terminal, on stderr', async () => {
    const written: string[] = []
    const stderr = Object.assign(new PassThrough(), { isTTY: true })
    stderr.on('data', (text) => written.push(String(text)))
    const input = lines(...Array.from({ length: 1500 }, (_, n) => ({ ...client, id: `c${n}` })))
    const { code } = await command(['import', '--from', '-'], {
      store: memoryStore(),
      input,
      stderr,
    })
    expect(code).toBe(0)
    expect(written.join('')).toMatch(/^\r\S+rows: 1000, failed: 0\r\S+rows: 1500, failed: 0\r\S+$/)
  })

  it.each<[string[], string]>([
    [[], '--from is missing: name the file'],
    [['--from', 'missing.jsonl'], 'missing.jsonl is not a file'],
    [['--from', '.'], 'is not a file'],
    [['--from', '-', '--concurrency', '0'], '--concurrency must be a whole number from 1 to 1000'],
    [['--from', '-', '--passwords', 'missing.mjs'], '--passwords: '],
  ])('%j: exits with 2, and says why', async (options, message) => {
    const { code, stderr } = await command(['import', ...options], { store: memoryStore() })
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  describe('as a process', () => {
    const program = path.join(root, 'cli/bin/oauth2-kit.js')
    const store = `import { memoryStore } from '@oauth2-kit/memory'
export default memoryStore({ file: 'oauth.snapshot' })`

    it('uses the `passwords` of a module', () => {
      using place = programFolder()
      writeFileSync(path.join(place.folder, 'store.mjs'), store)
      const own = 'hash: async (text) => text, verify: async () => true'
      writeFileSync(path.join(place.folder, 'named.mjs'), `export const passwords = { ${own} }`)
      writeFileSync(path.join(place.folder, 'whole.cjs'), `module.exports = { ${own} }`)
      writeFileSync(path.join(place.folder, 'wrong.mjs'), 'export const passwords = { hsah() {} }')
      const { password: _, ...hashed } = { ...user, passwordHash: '$2b$10$abcdefghijkl' }
      const run = (...options: string[]) =>
        spawnSync(
          process.execPath,
          [program, 'import', '--from', '-', '--store', 'store.mjs', ...options],
          { cwd: place.folder, encoding: 'utf8', input: lines(hashed) },
        )
      expect(run().stdout).toContain('was not made by hashPassword(): set the option "passwords"')
      const wrong = run('--passwords', 'wrong.mjs')
      expect([wrong.status, wrong.stderr]).toEqual([
        2,
        expect.stringContaining('--passwords must be an object with the functions hash and verify'),
      ])
      for (const file of ['named.mjs', 'whole.cjs'])
        expect([file, run('--passwords', file).status]).toEqual([file, 0])
    })

    it('reads a named pipe, and ends with 130 while it has no writer', async () => {
      if (process.platform !== 'linux') return
      using place = programFolder()
      writeFileSync(path.join(place.folder, 'store.mjs'), store)
      const pipe = path.join(place.folder, 'pipe')
      spawnSync('mkfifo', [pipe])
      const argv = [program, 'import', '--from', 'pipe', '--store', 'store.mjs']
      const child = spawn(process.execPath, argv, { cwd: place.folder })
      const ended = once(child, 'close')
      await until(() => hasOpen(child.pid!, pipe))
      child.kill('SIGINT')
      expect(await ended).toEqual([130, null])
      const reader = spawn(process.execPath, argv, { cwd: place.folder })
      const read = once(reader, 'close')
      const writer = spawn('sh', ['-c', 'cat > pipe'], { cwd: place.folder })
      writer.stdin.end(lines(client))
      expect(await read).toEqual([0, null])
    })

    it('shows nothing of a file that is no module', () => {
      using place = programFolder()
      writeFileSync(path.join(place.folder, 'store.mjs'), store)
      for (const name of ['p.mjs', 'p.cjs', 'p.js', 'p.json', 'p.txt', 'p']) {
        writeFileSync(path.join(place.folder, name), 'hunter2 secret-word\nsecond')
        const argv = [program, 'import', '--from', '-', '--store', 'store.mjs', '--passwords', name]
        const { status, stderr } = spawnSync(process.execPath, argv, {
          cwd: place.folder,
          encoding: 'utf8',
          input: '',
        })
        expect([name, status === 0, stderr]).toEqual([
          name,
          false,
          expect.not.stringMatching(/hunter2|secret-word/),
        ])
      }
    })

    it('ends with 130 while the standard input is open, and continues later', async () => {
      using place = programFolder()
      const started = "process.stderr.write('started\\n')"
      const watched = `import { memoryStore } from '@oauth2-kit/memory'
const store = memoryStore({ file: 'oauth.snapshot' })
const getRecord = (key) => (${started}, store.getRecord(key))
export default { ...store, getRecord, close: () => store.close() }`
      writeFileSync(path.join(place.folder, 'store.mjs'), watched)
      const rows = lines(...Array.from({ length: 300 }, (_, n) => ({ ...client, id: `c${n}` })))
      const argv = [program, 'import', '--from', '-', '--store', 'store.mjs']
      const child = spawn(process.execPath, argv, { cwd: place.folder })
      const ended = once(child, 'close')
      child.stdin.write(rows)
      let stderr = ''
      child.stderr.on('data', (text) => {
        if (stderr === '') child.kill('SIGINT')
        stderr += String(text)
      })
      expect([await ended, stderr]).toEqual([
        [130, null],
        expect.stringMatching(/^started\n[^]*oauth2-kit: interrupted by SIGINT\n$/),
      ])
      const second = spawnSync(process.execPath, [...argv, '--json'], {
        cwd: place.folder,
        encoding: 'utf8',
        input: rows,
      })
      const { clients } = JSON.parse(second.stdout) as { clients: Record<string, number> }
      expect(clients['created']! + clients['alreadyThere']!).toBe(300)
    })
  })
})

async function* streamOf(chunks: (string | Buffer)[]) {
  for (const chunk of chunks) yield Buffer.from(chunk as Buffer)
}

async function allLines(chunks: (string | Buffer)[]) {
  const found: unknown[] = []
  for await (const line of jsonLines(streamOf(chunks)))
    found.push(line instanceof Error ? line.message : line)
  return found
}

describe('jsonLines()', () => {
  it.each<[string, (string | Buffer)[], unknown[]]>([
    ['nothing', [], []],
    ['a line without its end', ['{"a":1}'], [{ a: 1 }]],
    ['chunks that end within a line', ['{"a"', ':1}\n{"a":', '2}', '\n'], [{ a: 1 }, { a: 2 }]],
    [
      'a chunk that ends within a character',
      [Buffer.from('{"a":"é"}').subarray(0, 7), Buffer.from('{"a":"é"}').subarray(7)],
      [{ a: 'é' }],
    ],
    ['empty lines at the end', ['{"a":1}\r\n\r\n\n'], [{ a: 1 }]],
    [
      'bytes that are not UTF-8',
      [Buffer.from([0x22, 0xff, 0x22, 10]), '{}'],
      [expect.stringContaining('not UTF-8'), {}],
    ],
    [
      'a line that is too long',
      [`{"a":"${'x'.repeat(1_000_000)}`, `${'x'.repeat(1_000_000)}"}\n{"a":1}\n`],
      [expect.stringContaining('more than 1048576 bytes'), { a: 1 }],
    ],
    ['a value that is no object', ['5\nnull\n[]'], [expect.any(String), expect.any(String), []]],
  ])('%s', async (_what, chunks, rows) => {
    expect(await allLines(chunks)).toEqual(rows)
  })
})
