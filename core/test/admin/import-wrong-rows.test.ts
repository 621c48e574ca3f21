import { createHash } from 'node:crypto'
import { type ImportRow, importGrants } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { passwords } from '../support/quick-passwords'

const client = { kind: 'client', id: 'album', type: 'public', grantTypes: ['password'] }
const confidential = { ...client, id: 'web', type: 'confidential', secret: 'a chosen secret' }
const user = { kind: 'user', id: '17', username: 'ada', password: 'a long password' }
const grant = {
  kind: 'grant',
  clientId: 'album',
  userId: '17',
  accessToken: 'secret-access',
  accessTokenExpiresAt: null,
}
const secretTexts = ['a chosen secret', 'a long password', 'secret-access', 'secret-refresh']
const hash = createHash('sha256').update('a').digest('hex')

async function importOne(row: unknown, options = {}) {
  const store = memoryStore()
  const rows = [client, row, { ...grant, accessToken: 'another' }] as ImportRow[]
  return importGrants(store, rows, { passwords, ...options })
}

async function* brokenRows() {
  yield client as ImportRow
  throw new Error('the file is gone')
}

describe('importGrants(): a wrong row', () => {
  it.each<[string, unknown, string]>([
    ['null', null, 'The row must be a plain object'],
    ['text', 'client', 'The row must be a plain object'],
    ['an array', [], 'The row must be a plain object'],
    ['an Error', new Error('is not valid JSON'), 'is not valid JSON'],
    ['no kind', {}, '"kind" must be "client" or "user" or "grant", but is undefined'],
    ['an unknown kind', { kind: 'token' }, 'but is "token"'],
    ['a kind of the prototype', { kind: 'constructor' }, 'but is "constructor"'],
    ['an unknown member', { ...grant, acessToken: 'a' }, 'Did you mean "accessToken"?'],
    ['__proto__', JSON.parse('{"kind":"grant","__proto__":{}}'), 'Unknown option "__proto__"'],

    ['a client without an id', { ...confidential, id: undefined }, '"id" must be a string'],
    ['a client id with a space', { ...confidential, id: 'a b' }, '"id" must be printable ASCII'],
    ['a client id with NUL', { ...confidential, id: 'a\0' }, '"id" must be well-formed'],
    ['a long client id', { ...confidential, id: 'a'.repeat(256) }, 'at most 255 characters'],
    [
      'no secret',
      { ...confidential, secret: undefined },
      'set secret or secretHash or secretSha256',
    ],
    ['a short secret', { ...confidential, secret: 'short' }, '"secret" must have at least 8'],
    [
      'a secret as a number',
      { ...confidential, secret: 12345678 },
      '"secret" must have at least 8',
    ],
    [
      'two secrets',
      { ...confidential, secretHash: '<a>' },
      '"secretHash" and "secret" are both set',
    ],
    ['a public client with a secret', { ...client, secret: 'a chosen secret' }, 'leave it out'],
    [
      'a SHA-256 as the slow hash of a secret',
      { ...confidential, secret: null, secretHash: hash },
      'call it "secretSha256"',
    ],
    [
      'an odd SHA-256 of a secret',
      { ...confidential, secret: null, secretSha256: 'abc' },
      '"secretSha256" must be a SHA-256',
    ],
    ['a wrong redirect URI', { ...confidential, redirectUris: ['/a'] }, '"redirectUris" has "/a"'],
    ['a wrong grant type', { ...confidential, grantTypes: ['implicit'] }, '"grantTypes"'],
    ['scopes as text', { ...confidential, scopes: 'a b' }, '"scopes" must be an array of strings'],

    ['a user without an id', { ...user, id: null }, '"id" is missing'],
    ['a user with a huge id', { ...user, id: 2 ** 60 }, '"id" must be text'],
    ['a user with an array as id', { ...user, id: ['17'] }, '"id" must be text'],
    ['a user without a name', { ...user, username: undefined }, '"username" must be a string'],
    ['a user without a password', { ...user, password: undefined }, '"password" is missing'],
    ['a short password', { ...user, password: 'short' }, '"password" must have at least 8'],
    [
      'a SHA-256 as the hash of a password',
      { ...user, password: null, passwordHash: hash.toUpperCase() },
      '"passwordHash" must not be a plain SHA-256',
    ],

    ['no client', { ...grant, clientId: null }, '"clientId" must be a string'],
    ['an unknown client', { ...grant, clientId: 'x' }, 'The client "x" is not registered'],
    ['no token', { ...grant, accessToken: null, accessTokenExpiresAt: null }, 'set at least one'],
    ['an empty token', { ...grant, accessToken: '' }, '"accessToken" must be non-empty text'],
    ['a token as a number', { ...grant, accessToken: 5 }, '"accessToken" must be non-empty text'],
    ['a token with NUL', { ...grant, accessToken: 'a\0' }, '"accessToken" must be non-empty text'],
    ['a huge token', { ...grant, accessToken: 'a'.repeat(1e6) }, '"accessToken" must have at most'],
    ['a token twice', { ...grant, accessTokenSha256: hash }, 'are both set'],
    [
      'an access token that is the refresh token',
      { ...grant, refreshToken: 'secret-access', refreshTokenExpiresAt: null },
      '"refreshToken" must differ from "accessToken"',
    ],
    ['no expiry', { ...grant, accessTokenExpiresAt: undefined }, 'write null for never'],
    ['an expiry in seconds', { ...grant, accessTokenExpiresAt: 1_800_000_000 }, 'ISO 8601 text'],
    ['an expiry without a zone', { ...grant, accessTokenExpiresAt: '2030-01-01T00:00:00' }, 'ISO'],
    ['30 February', { ...grant, accessTokenExpiresAt: '2030-02-30T00:00:00Z' }, 'ISO'],
    ['a huge id in an object', { ...grant, userId: { id: 2 ** 60 } }, '"userId" must be text'],
    ['control characters', { ...grant, clientId: '\u001b[2J\u202ex' }, '"\ufffd[2J\ufffdx" is not'],
    ['an invalid Date', { ...grant, accessTokenExpiresAt: new Date(NaN) }, 'ISO 8601 text'],
    ['a Date far away', { ...grant, accessTokenExpiresAt: new Date(8e15) }, 'from 1970 to 9999'],
    [
      'an expiry without its token',
      { ...grant, refreshTokenExpiresAt: '2030-01-01T00:00:00Z' },
      'set both',
    ],
    ['a scope of another client', { ...grant, scope: 'read' }, '"scope" has "read", for which'],
    ['a scope with a comma', { ...grant, scope: 'a,b' }, 'write spaces between the names'],
    ['a scope with two spaces', { ...grant, scope: 'a  b' }, '"scope" must be text'],
    ['a scope with a quote', { ...grant, scope: ['a"'] }, '"scope" must be text'],
    ['a scope as an object', { ...grant, scope: { a: 1 } }, '"scope" must be text'],
    ['metadata as text', { ...grant, metadata: 'a' }, '"metadata" must be a plain object'],
  ])('%s: is reported, and the others are imported', async (_what, row, reason) => {
    const report = await importOne(row)
    expect(report).toMatchObject({ rows: 3, failed: 1, grants: { created: 1 } })
    expect(report.failures).toEqual([{ row: 2, reason: expect.stringContaining(reason) }])
    const text = JSON.stringify(report)
    for (const secret of [...secretTexts, hash]) expect(text).not.toContain(secret)
    expect(text.length).toBeLessThan(1000)
  })

  it('with a hash of another function needs the option `passwords`', async () => {
    const bcrypt = '$2b$10$abcdefghijklmnopqrstuuQ5v0CqGyBq5p5dGm3o5cWwQ5nC1d0S2'
    const rows = [
      { ...confidential, secret: null, secretHash: bcrypt },
      { ...user, password: null, passwordHash: bcrypt },
    ] as unknown as ImportRow[]
    const { failures } = await importGrants(memoryStore(), rows)
    expect(failures.map(({ reason }) => reason)).toEqual(
      ['secretHash', 'passwordHash'].map((name) =>
        expect.stringContaining(`"${name}" was not made by hashPassword(): set the option`),
      ),
    )
    expect(JSON.stringify(failures)).not.toContain(bcrypt)
    expect(await importGrants(memoryStore(), rows, { passwords })).toMatchObject({ failed: 0 })
  })

  it('whose password cannot be hashed does not show the password', async () => {
    const broken = { ...passwords, hash: async (text: string) => Promise.reject(new Error(text)) }
    const { failures } = await importOne(user, { passwords: broken })
    expect(failures[0]?.reason).toBe('"passwords.hash" failed on this row: see its error')
    expect(failures[0]?.cause).toBeInstanceOf(Error)
  })

  it('that has the token of another user, or the name of another user, changes nothing', async () => {
    const store = memoryStore()
    const rows = [
      client,
      user,
      { ...user, id: '18' },
      grant,
      { ...grant, userId: '18' },
      {
        ...grant,
        refreshToken: 'secret-refresh',
        refreshTokenExpiresAt: null,
      },
    ] as ImportRow[]
    const report = await importGrants(store, rows, { passwords, concurrency: 1 })
    expect(report.failures).toEqual([
      { row: 3, reason: expect.stringContaining('Another user has the name "ada"') },
      { row: 5, reason: expect.stringContaining('already, with another client or user') },
    ])
    expect(report.grants).toMatchObject({ created: 2, failed: 1 })
    const tokenHash = createHash('sha256').update('secret-access').digest('hex')
    expect((await store.find(tokenHash))?.grant).toMatchObject({ userId: '17' })
    expect(await store.getUser('18')).toBeNull()
  })

  it('stops the import with `stopOnFailure`', async () => {
    const failing = importOne({ ...grant, scope: 5 }, { stopOnFailure: true })
    await expect(failing).rejects.toThrow('Row 2: "scope" must be text')
  })

  it('is listed among the first 100 in the order of the rows, and counted', async () => {
    const rows = Array.from({ length: 250 }, () => ({ kind: 'x' })) as unknown as ImportRow[]
    const { failed, failures } = await importGrants(memoryStore(), rows)
    expect(failed).toBe(250)
    expect(failures.map(({ row }) => row)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
  })
})

describe('importGrants(): arguments', () => {
  it.each<[string, unknown, object, string]>([
    ['no rows', undefined, {}, 'must be an array of rows'],
    ['text', 'rows', {}, 'must be an array of rows'],
    ['an unknown option', [], { dryrun: true }, 'Did you mean "dryRun"?'],
    ['no concurrency', [], { concurrency: 0 }, '"concurrency" must be a whole number'],
  ])('%s: throws an OptionError', async (_what, rows, options, message) => {
    const importing = importGrants(memoryStore(), rows as ImportRow[], options)
    await expect(importing).rejects.toThrow(message)
  })

  it('a store without users reports the rows of users', async () => {
    const { getUser: _, createUser: __, ...store } = memoryStore()
    const { failures } = await importGrants(store, [client, user] as ImportRow[])
    expect(failures).toEqual([{ row: 2, reason: expect.stringContaining('keeps no users') }])
  })

  it('rejects with the error of the rows', async () => {
    await expect(importGrants(memoryStore(), brokenRows())).rejects.toThrow('the file is gone')
  })
})
