import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { init } from '@oauth2-kit/prisma'

const fragments = path.resolve(__dirname, '../prisma')

/** Creates an application folder with those files. */
function application(files: Record<string, string>) {
  const cwd = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-init-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true })
    writeFileSync(path.join(cwd, name), text)
  }
  return {
    run(...args: string[]) {
      const [out, err]: [string[], string[]] = [[], []]
      const code = init(args, {
        cwd,
        print: (line) => out.push(line),
        warn: (line) => err.push(line),
      })
      return { code, out: out.join('\n'), err: err.join('\n') }
    },
    read: (name: string) => readFileSync(path.join(cwd, name), 'utf8'),
    write: (name: string, text: string) => writeFileSync(path.join(cwd, name), text),
    [Symbol.dispose]: () => rmSync(cwd, { recursive: true }),
  }
}

function schemaFor(provider: string): string {
  return `generator client {\n  provider = "prisma-client"\n}\n\ndatasource db {\n  provider = "${provider}"\n}\n`
}

function shipped(provider: string, name: string): string {
  return readFileSync(path.join(fragments, provider, name), 'utf8')
}

describe('oauth2-kit prisma init', () => {
  it.each(['postgresql', 'mysql', 'sqlite'])('copies both files for %s', (provider) => {
    using app = application({ 'prisma/schema/main.prisma': schemaFor(provider) })
    const { code, out } = app.run()
    expect(code).toBe(0)
    for (const name of ['oauth.prisma', 'oauth.sql']) {
      expect(app.read(`prisma/schema/${name}`)).toBe(shipped(provider, name))
      expect(out).toContain(`prisma/schema/${name}`)
    }
    expect(out).toContain('npx prisma generate')
    expect(out).not.toContain('prisma.config.ts')
  })

  it('prints the setting for prisma.config.ts if the schema is a single file', () => {
    using app = application({ 'prisma/schema.prisma': schemaFor('sqlite') })
    const { code, out } = app.run()
    expect(code).toBe(0)
    expect(app.read('prisma/oauth.prisma')).toBe(shipped('sqlite', 'oauth.prisma'))
    expect(out).toContain("schema: 'prisma'   in prisma.config.ts")
  })

  it('uses the options --schema and --provider', () => {
    using app = application({ 'db/main.prisma': '' })
    expect(app.run('--schema', 'db', '--provider', 'mysql').code).toBe(0)
    expect(app.read('db/oauth.prisma')).toBe(shipped('mysql', 'oauth.prisma'))
  })

  it('uses the provider of the datasource, not of the generator', () => {
    using app = application({ 'schema.prisma': schemaFor('postgresql') })
    expect(app.run().code).toBe(0)
    expect(app.read('oauth.sql')).toBe(shipped('postgresql', 'oauth.sql'))
  })

  it('changes nothing on a second run, and replaces an edited file only with --force', () => {
    using app = application({ 'prisma/schema/main.prisma': schemaFor('sqlite') })
    expect(app.run().code).toBe(0)
    expect(app.run().code).toBe(0)
    app.write('prisma/schema/oauth.prisma', '// mine')
    expect(app.run()).toMatchObject({ code: 1, err: expect.stringContaining('pass --force') })
    expect(app.read('prisma/schema/oauth.prisma')).toBe('// mine')
    expect(app.run('--force').code).toBe(0)
    expect(app.read('prisma/schema/oauth.prisma')).toBe(shipped('sqlite', 'oauth.prisma'))
  })

  it.each([
    [{}, [], 'run "npx prisma init" first'],
    [{ 'schema.prisma': '' }, [], 'pass --provider'],
    [{ 'schema.prisma': schemaFor('sqlserver') }, [], '"sqlserver" is not postgresql'],
    [{ 'schema.prisma': '' }, ['--provider', 'oracle'], '"oracle" is not postgresql'],
    [{}, ['--shema', 'x'], '--shema'],
  ])('with files %j and arguments %j, prints what to do and returns 1', (files, args, message) => {
    using app = application(files)
    const { code, out, err } = app.run(...args)
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain(message)
  })

  it('prints its options with --help', () => {
    using app = application({})
    expect(app.run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--schema') })
  })
})

describe('the shipped models and tables', () => {
  it.each(['postgresql', 'mysql', 'sqlite'])(
    'have the same columns and constraints for %s',
    (provider) => {
      const models = shipped(provider, 'oauth.prisma')
      const columns = [...models.matchAll(/^ {2}(\w+) +(?:String|Int|BigInt)\??(.*)$/gm)].map(
        ([, field = '', rest = '']) => /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field,
      )
      const ddl = shipped(provider, 'oauth.sql')
      const made = [...ddl.matchAll(/^ {2}["`](\w+)["`] [A-Z]/gm)].map(([, column]) => column)
      expect(made).toEqual(columns)
      const indexes = [...ddl.matchAll(/INDEX ["`](\w+)["`]/g)].map(([, name]) => name)
      expect(indexes).toEqual([
        'uq_oauth_credentials_claims',
        'ix_oauth_credentials_grant',
        'ix_oauth_credentials_user',
        'ix_oauth_credentials_client',
        'ix_oauth_credentials_owner',
        'ix_oauth_credentials_keep',
        'uq_oauth_users_username',
        'ix_oauth_users_deleted',
        'ix_oauth_records_expires',
      ])
      for (const name of indexes) expect(models).toContain(`map: "${name}"`)
      expect(ddl.match(/ON DELETE CASCADE/g)).toHaveLength(1)
    },
  )
})
