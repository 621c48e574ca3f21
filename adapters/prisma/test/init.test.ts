import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { init } from '@oauth2-kit/prisma'

const fragments = path.resolve(__dirname, '../prisma')

/** An application with those files. */
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

  it('says how Prisma is to read the folder of a schema that is one file', () => {
    using app = application({ 'prisma/schema.prisma': schemaFor('sqlite') })
    const { code, out } = app.run()
    expect(code).toBe(0)
    expect(app.read('prisma/oauth.prisma')).toBe(shipped('sqlite', 'oauth.prisma'))
    expect(out).toContain("schema: 'prisma'   in prisma.config.ts")
  })

  it('takes the schema and the provider that it is given', () => {
    using app = application({ 'db/main.prisma': '' })
    expect(app.run('--schema', 'db', '--provider', 'mysql').code).toBe(0)
    expect(app.read('db/oauth.prisma')).toBe(shipped('mysql', 'oauth.prisma'))
  })

  it('takes the provider of the datasource, not of the generator', () => {
    using app = application({ 'schema.prisma': schemaFor('postgresql') })
    expect(app.run().code).toBe(0)
    expect(app.read('oauth.sql')).toBe(shipped('postgresql', 'oauth.sql'))
  })

  it('run twice, changes nothing; what was changed is replaced by --force only', () => {
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
  ])('with %j and %j: says what to do, and gives 1', (files, args, message) => {
    using app = application(files)
    const { code, out, err } = app.run(...args)
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain(message)
  })

  it('--help tells its options', () => {
    using app = application({})
    expect(app.run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--schema') })
  })
})

describe('the models and the tables that are shipped', () => {
  it.each(['postgresql', 'mysql', 'sqlite'])(
    '%s: have the same columns and constraints',
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
        'oauth_credentials_grant_id_id_key',
        'oauth_credentials_claims_grant_id_claims_ordinal_key',
        // InnoDB adds the primary key by itself.
        `oauth_credentials_user_id_kind_client_id_${provider === 'mysql' ? '' : 'id_'}idx`,
        'oauth_credentials_client_id_kind_id_idx',
        'oauth_credentials_kind_expires_at_idx',
        'oauth_users_username_key',
        'oauth_users_deleted_until_idx',
        'oauth_records_expires_at_idx',
      ])
      expect(ddl.match(/ON DELETE CASCADE/g)).toHaveLength(1)
      expect(ddl.match(/ON DELETE SET NULL/g)).toHaveLength(1)
    },
  )
})
