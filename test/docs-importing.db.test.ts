import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { hash as hashArgon2 } from '@node-rs/argon2'
import { type ImportRow, type Passwords, authenticateUser, importGrants } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { memoryStore } from '@oauth2-kit/memory'
import { hash as hashBcrypt } from 'bcryptjs'
import { createPool } from 'mariadb'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'
import { clientProperties } from '../core/src/admin/create-client'
import { programFolder, programsOf, root, writeProgram } from './support/programs'

// The programs and queries of docs/importing.md.

const document = 'docs/importing.md'
const text = readFileSync(path.join(root, document), 'utf8')
const programs = programsOf(document)

function program(name: string) {
  return programs.find((one) => one.name === name)!
}

function query(name: string): string {
  const [, sql] = new RegExp(`^\`\`\`sql ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(text) ?? []
  if (sql === undefined) throw new Error(`${document} has no query ${name}`)
  return sql
}

/** Runs a program of the document, with `passwords.mts` beside it, and returns its output. */
function run(name: string, env: Record<string, string> = {}): string {
  using place = programFolder()
  writeProgram(program('passwords.mts'), place.folder)
  const file = writeProgram(program(name), place.folder)
  const { stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: place.folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  expect(stderr).toBe('')
  return stdout
}

/** Imports exported lines, which must all be right, and returns the store. */
async function imported(lines: string[]) {
  const store = memoryStore()
  const passwords: Passwords = { hash: async (one) => one, verify: async (a, b) => a === b }
  const rows = lines.map((line) => JSON.parse(line) as ImportRow)
  const report = await importGrants(store, rows, { passwords })
  expect(report).toMatchObject({ failed: 0, failures: [] })
  return { store, report }
}

const expiry = new Date(Date.UTC(2126, 0, 2, 3, 4, 5))

describe('docs/importing.md', () => {
  it('import.mts: imports a client and a grant', () => {
    expect(run('import.mts')).toBe('created: 1 client, 1 grant\n')
  })

  it('passwords.mts: verifies hashes of bcrypt and argon2, and renews them', async () => {
    using place = programFolder()
    const file = writeProgram(program('passwords.mts'), place.folder)
    const [bcrypt, argon2] = await Promise.all([
      hashBcrypt('the bcrypt password', 4),
      hashArgon2('the argon2 password'),
    ])
    const checks = [
      ['the bcrypt password', bcrypt],
      ['the argon2 password', argon2],
    ]
    const script = `import { passwords } from ${JSON.stringify(file)}
const found = []
for (const [password, hash] of ${JSON.stringify(checks)}) {
  const renewed = await passwords.hash(password)
  found.push([
    await passwords.verify(password, hash),
    await passwords.verify('wrong', hash),
    passwords.isOutdated(hash),
    await passwords.verify(password, renewed),
    passwords.isOutdated(renewed),
  ])
}
console.log(JSON.stringify(found))`
    writeFileSync(path.join(place.folder, 'check.mjs'), script)
    const { stdout, stderr } = spawnSync(process.execPath, ['check.mjs'], {
      cwd: place.folder,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const right = [true, false, true, true, false]
    expect(JSON.parse(stdout)).toEqual([right, right])
  })

  it('passwords.mts: passes the type check, as do the other programs', () => {
    using place = programFolder()
    for (const { name, code } of programs) writeFileSync(path.join(place.folder, name), code)
    const config = { extends: path.join(root, 'tsconfig.test.json'), include: ['*.mts'] }
    writeFileSync(path.join(place.folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = path.join(root, 'node_modules/.bin/tsc')
    expect(spawnSync(tsc, ['-p', place.folder], { encoding: 'utf8' }).stdout).toBe('')
  })

  it('names every member of a row', () => {
    const source = readFileSync(path.join(root, 'core/src/admin/import/rows.ts'), 'utf8')
    const names = [...source.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!)
    expect(names.length).toBeGreaterThan(15)
    for (const name of names) expect(text).toContain(`\`${name}`)
    expect(clientProperties).toContain('redirectUris')
  })

  describeDatabase('postgres', (database) => {
    it('export-2.4.postgres.sql: exports rows that can be imported', async () => {
      const isolated = await database.isolated()
      const client = new Client({ connectionString: isolated.url })
      await client.connect()
      try {
        await client.query(`
          CREATE TABLE oauth_clients (client_id text, client_secret text, redirect_uri text);
          CREATE TABLE users (id int, username text, password text);
          CREATE TABLE oauth_access_tokens
            (access_token text, client_id text, user_id int, expires timestamptz);
          CREATE TABLE oauth_refresh_tokens
            (refresh_token text, client_id text, user_id int, expires timestamptz);
          INSERT INTO oauth_clients VALUES ('album', 'a chosen secret', 'https://album.example/cb');
          INSERT INTO users VALUES (17, 'ada "é" \\', 'the hash');
          INSERT INTO oauth_access_tokens VALUES ('access', 'album', 17, '${expiry.toISOString()}');
          INSERT INTO oauth_refresh_tokens VALUES ('refresh', 'album', 17, NULL);`)
        const { rows } = await client.query<string[]>({
          text: query('export-2.4.postgres.sql').replaceAll(
            /^SELECT (.*?)\nFROM/gms,
            'SELECT ($1)::text\nFROM',
          ),
          rowMode: 'array',
        })
        const { store, report } = await imported(rows.map(([line]) => line!))
        expect(report).toMatchObject({
          clients: { created: 1 },
          users: { created: 1 },
          grants: { created: 2 },
        })
        expect(await store.getUserByUsername('ada "é" \\')).toMatchObject({ id: '17' })
        const { grants } = await store.listGrants({ userId: '17' }, { limit: 10 })
        expect(grants).toHaveLength(2)
      } finally {
        await client.end()
        await isolated.drop()
      }
    })
  })

  describeDatabase('mariadb', (database) => {
    it('export-5.mariadb.sql: exports rows that can be imported', async () => {
      const isolated = await database.isolated()
      const pool = createPool(
        `${isolated.url.replace(/^mysql/, 'mariadb')}?multipleStatements=true&connectionLimit=1`,
      )
      try {
        await pool.query(`
          CREATE TABLE oauth_clients (id varchar(80), client_secret text, redirect_uri text);
          CREATE TABLE users (id int, username varchar(80), password text);
          CREATE TABLE oauth_tokens (client_id varchar(80), user_id int, scope text,
            access_token text, access_token_expires_at datetime,
            refresh_token text, refresh_token_expires_at datetime);
          INSERT INTO oauth_clients VALUES ('album', 'a chosen secret', 'https://album.example/cb');
          INSERT INTO users VALUES (17, 'ada "é" \\\\', 'the hash');
          INSERT INTO oauth_tokens VALUES
            ('album', 17, 'read write', 'access', '2126-01-02 03:04:05', 'refresh', NULL),
            ('album', NULL, NULL, 'own', '2126-01-02 03:04:05', NULL, NULL);`)
        // The driver parses JSON, which the command line prints as text.
        const rows = await pool.query<unknown[][]>({
          sql: query('export-5.mariadb.sql'),
          rowsAsArray: true,
          autoJsonMap: false,
        })
        const { store, report } = await imported(
          rows.map(([line]) => (typeof line === 'string' ? line : JSON.stringify(line))),
        )
        expect(report).toMatchObject({
          clients: { created: 1 },
          users: { created: 1 },
          grants: { created: 2 },
        })
        expect(await store.getUserByUsername('ada "é" \\')).toMatchObject({ id: '17' })
        const [grant] = (await store.listGrants({ userId: '17' }, { limit: 10 })).grants
        expect(JSON.parse(grant!.data)).toEqual({ scope: 'read write' })
      } finally {
        await pool.end()
        await isolated.drop()
      }
    })
  })

  describeDatabase('mongodb', (database) => {
    it('export-mongo.mts: exports rows that can be imported', async () => {
      const isolated = await database.isolated()
      const client = new MongoClient(isolated.url)
      const db = client.db()
      try {
        await db.collection('clients').insertOne({
          clientId: 'album',
          clientSecret: 'a chosen secret',
          redirectUris: ['https://album.example/cb'],
          grants: ['authorization_code', 'refresh_token'],
        })
        const user = { username: 'ada', password: 'the password' }
        const { insertedId } = await db.collection('users').insertOne(user)
        const token = { client: { id: 'album' }, user: { _id: insertedId }, scope: ['read'] }
        await db.collection('tokens').insertMany([
          {
            ...token,
            accessToken: 'a',
            accessTokenExpiresAt: expiry,
            refreshToken: 'r',
            refreshTokenExpiresAt: expiry,
          },
          { ...token, accessToken: 'b', accessTokenExpiresAt: expiry },
        ])
        const printed = run('export-mongo.mts', { MONGO_URL: isolated.url })
        const { store, report } = await imported(printed.trim().split('\n'))
        expect(report).toMatchObject({
          clients: { created: 1 },
          users: { created: 1 },
          grants: { created: 2 },
        })
        const { verify } = { verify: async () => true }
        const passwords = { hash: async (one: string) => one, verify }
        expect(await authenticateUser(store, 'ada', 'the password', passwords)).toMatchObject({
          id: insertedId.toHexString(),
        })
      } finally {
        await client.close()
        await isolated.drop()
      }
    })
  })
})
