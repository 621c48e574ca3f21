import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Config, createClient } from '@libsql/client'
import { libsqlStore } from '@oauth2-kit/sql/libsql'
import { aCredential, issued, redeemed } from '@oauth2-kit/testing'
import { behaviourOf } from './support/works'

const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-libsql-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function opened(name: string, options: Partial<Config> = {}) {
  const client = createClient({ url: `file:${path.join(folder, `${name}.db`)}`, ...options })
  return Object.assign(client, { [Symbol.dispose]: () => client.close() })
}

it.each(['number', 'bigint', 'string'] as const)('works with intMode %j', async (intMode) => {
  using client = opened(intMode, { intMode })
  expect(await behaviourOf(libsqlStore(client))).toBe('as documented')
})

it('a revoked grant has no credentials left on a connection without foreign keys', async () => {
  using client = opened('keys', { concurrency: 1 })
  const store = libsqlStore(client)
  await store.migrate()
  await client.execute('PRAGMA foreign_keys = OFF')
  const { problem } = (await store.check())[0]!
  expect(problem).toContain('Foreign keys are not enforced')
  const { grant, credential } = await issued(store)
  await redeemed(store, credential, aCredential())
  expect(await store.revoke({ grantId: grant.id })).toBe(1)
  expect((await client.execute('SELECT id FROM oauth_credentials')).rows).toEqual([])
})

it.each([null, undefined, {}, 'file:', { execute() {} }])('throws a TypeError for %j', (client) => {
  expect(() => libsqlStore(client as never)).toThrow(TypeError)
  expect(() => libsqlStore(client as never)).toThrow('takes a client of @libsql/client')
})
