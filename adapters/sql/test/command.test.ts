import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sqlSchema } from '@oauth2-kit/sql'
import Database from 'libsql'
import { runCommand } from '../src/command'

const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-sql-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the command, and resolves with what it printed. */
async function sql(args: readonly string[], env: Record<string, string> = {}) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(args, {
    env,
    cwd: __dirname,
    print: (text) => out.push(text),
    warn: (text) => err.push(text),
  })
  return { code, out: out.join(''), err: err.join('') }
}

const fileUrl = (name: string) => `file:${path.join(folder, name)}`

describe('oauth2-kit sql schema', () => {
  it.each(['postgres', 'mariadb', 'mysql', 'sqlite'] as const)(
    'prints the SQL for %s',
    async (dialect) => {
      const { code, out, err } = await sql(['schema', '--dialect', dialect])
      expect([code, out, err]).toEqual([0, sqlSchema(dialect), ''])
      expect(out).toContain('oauth_credentials')
    },
  )

  it('prints only a comment for the latest version', async () => {
    expect(await sql(['schema', '--dialect', 'postgres', '--from', '1'])).toEqual({
      code: 0,
      out: '-- Version 1 of the tables is the latest one.\n',
      err: '',
    })
  })

  it('takes a schema, and a prefix of the tables that needs quoting', async () => {
    const place = ['--schema', 'my auth', '--tables-prefix', 'a"b$&_']
    const { out } = await sql(['schema', '--dialect', 'postgres', ...place])
    expect(out).toContain('CREATE TABLE IF NOT EXISTS "my auth"."a""b$&_clients" (')
    expect(out).not.toContain('oauth_')
  })

  it.each([
    [[], 'use one of schema, check, migrate; see oauth2-kit sql --help'],
    [['toString'], 'use one of schema, check, migrate; see oauth2-kit sql --help'],
    [['schema', 'postgres'], 'use one of schema, check, migrate; see oauth2-kit sql --help'],
    [['schema'], 'set --dialect to one of postgres, mariadb, mysql, sqlite'],
    [['schema', '--dialect', 'oracle'], 'set --dialect to one of postgres, mariadb, mysql, sqlite'],
    [
      ['schema', '--dialect', 'toString'],
      'set --dialect to one of postgres, mariadb, mysql, sqlite',
    ],
    [
      ['schema', '--dialect', 'mysql', '--from', '2'],
      '--from must be a version of the tables, from 0 to 1',
    ],
    [
      ['schema', '--dialect', 'mysql', '--from', 'x'],
      '--from must be a version of the tables, from 0 to 1',
    ],
    [['schema', '--dialect', 'mysql', '--schema', ''], '"schema" must be the name of a schema'],
    [
      ['schema', '--dialect', 'mysql', '--url', 'file:x'],
      'schema has no option --url; see oauth2-kit sql --help',
    ],
    [['schema', '--nothing'], "Unknown option '--nothing'; see oauth2-kit sql --help"],
    [['check', '--dialect', 'mysql'], 'check has no option --dialect; see oauth2-kit sql --help'],
    [['check'], 'set DATABASE_URL to the database, or --url'],
    [
      ['check', '--url', 'oracle://x'],
      'the URL must begin with postgres:, mysql:, mariadb: or file:',
    ],
  ])('%j: says what to do in one line, and returns 2', async (args, message) => {
    expect(await sql(args)).toEqual({ code: 2, out: '', err: `oauth2-kit sql: ${message}\n` })
  })

  it('prints its help', async () => {
    const { code, out, err } = await sql(['--help'])
    expect([code, err]).toEqual([0, ''])
    for (const name of ['schema', 'check', 'migrate', '--tables-prefix', 'DATABASE_URL'])
      expect(out).toContain(name)
  })
})

describe('oauth2-kit sql check and migrate', () => {
  it.each([
    'postgres://ada:a-secret@db.example/oauth',
    'postgres://:a-secret@db.example/oauth',
    'mysql://db.example/oauth?password=a-secret',
  ])('refuse a password on the command line: %s', async (url) => {
    const { code, err } = await sql(['check', '--url', url])
    expect([code, err]).toEqual([
      2,
      'oauth2-kit sql: --url must have no password, which others could see: set DATABASE_URL\n',
    ])
  })

  it('create the tables, and then find nothing wrong', async () => {
    const url = fileUrl('made.sqlite')
    const created = `Created ${path.join(folder, 'made.sqlite')}.\n`
    for (const before of [created, '']) {
      expect(await sql(['migrate', '--url', url])).toEqual({
        code: 0,
        out: `${before}The tables have version 1.\n`,
        err: '',
      })
    }
    expect(await sql(['check'], { DATABASE_URL: url })).toEqual({
      code: 0,
      out: 'No problems found.\n',
      err: '',
    })
  })

  it('report each problem in a line', async () => {
    const url = fileUrl('other.sqlite')
    await sql(['migrate', '--url', url, '--tables-prefix', 'mine_'])
    const { code, out, err } = await sql(['check', '--url', url])
    expect([code, out]).toEqual([1, ''])
    expect(err.trim().split('\n')).toHaveLength(4)
    expect(err).toContain('There is no table oauth_clients: call migrate() of the store, or run')
    expect(await sql(['check', '--url', url, '--tables-prefix', 'mine_'])).toMatchObject({
      code: 0,
    })
  })

  it('check creates no file', async () => {
    const { code, err } = await sql(['check', '--url', fileUrl('missing.sqlite')])
    expect([code, err]).toEqual([
      2,
      `oauth2-kit sql: there is no file ${path.join(folder, 'missing.sqlite')}\n`,
    ])
  })

  it.each(['postgres://127.0.0.1:1/x', 'mysql://127.0.0.1:1/x'])(
    'say in one line that nothing answers at %s',
    async (url) => {
      const { code, err } = await sql(['check'], { DATABASE_URL: url })
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/^oauth2-kit sql: .*ECONNREFUSED.*\n$/),
      ])
    },
  )

  it('name the package that is not installed', async () => {
    const io = { env: {}, cwd: folder, print() {}, warn: (text: string) => errors.push(text) }
    const errors: string[] = []
    expect(await runCommand(['check', '--url', 'postgres://127.0.0.1:1/x'], io)).toBe(2)
    expect(errors).toEqual([
      'oauth2-kit sql: this database needs the package pg: install it in this project\n',
    ])
  })

  it('run the SQL that schema prints, on SQLite', async () => {
    const { out } = await sql(['schema', '--dialect', 'sqlite'])
    const database = new Database(path.join(folder, 'printed.sqlite'))
    database.exec(out)
    // It skips what is there.
    database.exec(out)
    database.close()
    expect(await sql(['check', '--url', fileUrl('printed.sqlite')])).toMatchObject({ code: 0 })
  })
})
