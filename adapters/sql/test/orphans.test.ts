import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
import { issued } from '@oauth2-kit/testing'
import Database from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

it('a token whose grant another program has removed is not found', async () => {
  const database = new Database(':memory:')
  const store = betterSqlite3Store(database)
  await store.migrate()
  const { grant, credential } = await issued(store)
  database.exec('PRAGMA foreign_keys = OFF')
  database.prepare('DELETE FROM oauth_credentials WHERE id = ?').run(grant.id)
  expect(await store.find(credential.hash)).toBeNull()
})

it('check() reports a collation that a second index hides', async () => {
  const database = new Database(':memory:')
  const store = betterSqlite3Store(database)
  await store.migrate()
  database.exec('DROP INDEX ix_oauth_credentials_client')
  database.exec('CREATE INDEX nocase ON oauth_credentials (client_id COLLATE NOCASE, kind, id)')
  database.exec('CREATE INDEX exact ON oauth_credentials (client_id COLLATE binary)')
  const problems = (await store.check()).map(({ problem }) => problem)
  expect(problems).toEqual([expect.stringContaining('client_id of oauth_credentials has the coll')])
})

it('another process that writes for long delays a call for a bounded time', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-sql-'))
  const file = path.join(folder, 'oauth.sqlite')
  const [mine, other] = [new Database(file, { timeout: 50 }), new Database(file, { timeout: 50 })]
  try {
    mine.exec('PRAGMA journal_mode = WAL')
    const store = betterSqlite3Store(mine)
    await store.migrate()
    other.exec('BEGIN IMMEDIATE')
    // Other work goes on between the attempts.
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await expect(issued(store)).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    other.exec('ROLLBACK')
    const { credential } = await issued(store)
    expect(await store.find(credential.hash)).toEqual(credential)
  } finally {
    mine.close()
    other.close()
    rmSync(folder, { recursive: true })
  }
})
