import { randomBytes } from 'node:crypto'
import { prismaStore } from '@oauth2-kit/prisma'
import { type Place, clientFor, ddlOf, describeEngines, runSql } from './support/engines'
import { urlOf } from './support/create'

/** Changes to the shipped DDL, with the problem that check() reports for each. */
const changes: [what: string, change: (ddl: string) => string, problem: string][] = [
  [
    'without the unique index on claims',
    (ddl) => ddl.replace(/UNIQUE( INDEX .uq_oauth_credentials_claims)/, '$1'),
    'No unique index on "claims" and "ordinal"',
  ],
  [
    'without the foreign key on the grant',
    (ddl) => withoutConstraint(ddl, 'fk_oauth_credentials_grant'),
    'No foreign key on "grantId"',
  ],
  [
    'without a unique index on usernames',
    (ddl) => ddl.replace(/UNIQUE( INDEX .uq_oauth_users)/, '$1'),
    'No unique index on "username"',
  ],
  [
    'with a username column that is NOT NULL',
    (ddl) =>
      ddl.replace(/(.username. VARCHAR\(255\)[^,]*?|.username. TEXT)( NULL)?,/, '$1 NOT NULL,'),
    'The column of "username" refuses NULL',
  ],
  [
    'without a table',
    (ddl) => ddl.replace(/CREATE TABLE .oauth_clients.[^;]*;/, ''),
    'The table of the model "oAuthClient" is missing',
  ],
  [
    'without the table of records',
    (ddl) => ddl.replace(/CREATE TABLE .oauth_records.[^;]*;(\s*CREATE INDEX[^;]*;)?/, ''),
    'The table of the model "oAuthRecord" is missing',
  ],
  [
    'without a column',
    (ddl) => ddl.replace(/.expires_at. BIGINT/, (column) => column.replace('expires', 'ends')),
    'The table of the model "oAuthCredential" is missing, or has other columns',
  ],
]

/** Creates tables from a changed DDL in a new namespace, and returns a client for them. */
async function on(
  place: Place,
  change: (ddl: string) => string,
  options: Parameters<typeof clientFor>[1] = {},
) {
  const namespace = `check${randomBytes(6).toString('hex')}`
  const ddl = change(ddlOf(place.provider))
  const url = urlOf(place.url, namespace)
  if (place.provider === 'postgresql') {
    await runSql(url, `CREATE SCHEMA ${namespace}; SET search_path TO ${namespace}; ${ddl}`)
  } else if (place.provider === 'mysql') {
    const name = new URL(url).pathname.slice(1)
    await runSql(place.url, `CREATE DATABASE ${name}; USE ${name}; ${ddl}`)
  } else {
    await runSql(url, ddl)
  }
  const client = clientFor(url, options)
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.$disconnect()
      if (place.provider !== 'mysql') return
      await runSql(place.url, `DROP DATABASE ${new URL(url).pathname.slice(1)}`)
    },
  }
}

/** Removes the constraint, and the comma before it. */
function withoutConstraint(ddl: string, name: string): string {
  return ddl.replace(new RegExp(`,\\s*CONSTRAINT .${name}.[^;]*?NO ACTION`), '')
}

describeEngines((place) => {
  it('reports nothing for the shipped tables', async () => {
    await using opened = await on(place, (ddl) => ddl)
    expect(await prismaStore(opened.client).check()).toEqual([])
  })

  it('is not limited by the transaction timeout of the client', async () => {
    await using opened = await on(place, (ddl) => ddl, { transactionTimeout: 1 })
    expect(await prismaStore(opened.client).check()).toEqual([])
  })

  it('leaves no rows behind', async () => {
    await using opened = await on(place, (ddl) => ddl)
    await prismaStore(opened.client).check()
    expect(await opened.client.oAuthCredential.count()).toBe(0)
    expect(await opened.client.oAuthUser.count()).toBe(0)
    expect(await opened.client.oAuthRecord.count()).toBe(0)
  })

  it.each(changes)('reports tables %s', async (_, change, problem) => {
    await using opened = await on(place, change)
    const findings = await prismaStore(opened.client).check()
    expect(findings.map((one) => one.problem).join('\n')).toContain(problem)
    for (const { fix } of findings) expect(fix).toMatch(/oauth\.sql/)
  })

  it('needs no user table if the option "user" is null', async () => {
    await using opened = await on(place, (ddl) =>
      ddl.replace(
        /CREATE TABLE .oauth_users.[^;]*;(\s*CREATE (UNIQUE )?INDEX .(?:uq|ix)_oauth_users[^;]*;)*/,
        '',
      ),
    )
    expect(await prismaStore(opened.client, { user: null }).check()).toEqual([])
    const [finding] = await prismaStore(opened.client).check()
    expect(finding?.problem).toContain('"oAuthUser"')
  })

  if (place.provider !== 'mysql') return

  it('reports ids that are not compared byte for byte', async () => {
    await using opened = await on(place, (ddl) => ddl.replace(/\/\*[M!][^*]*\*\//g, ''))
    const findings = await prismaStore(opened.client).check()
    expect(findings.map((one) => one.problem).join('\n')).toContain(
      'Ids are not compared byte for byte',
    )
  })

  it('reports columns that cannot store all of Unicode', async () => {
    await using opened = await on(place, (ddl) =>
      ddl.replace(/ DEFAULT CHARACTER SET.*;/g, ' DEFAULT CHARACTER SET latin1;'),
    )
    const findings = await prismaStore(opened.client).check()
    expect(findings.map((one) => one.problem).join('\n')).toContain('Text is not stored unchanged')
  })
})

describe('a schema', () => {
  it('that lacks a field is reported before any query', async () => {
    const client = clientFor('file:nowhere.db', { generated: 'lacking' })
    expect(await prismaStore(client).check()).toEqual([
      {
        problem: 'The model "oAuthCredential" has no field "ordinal" of the type Int',
        fix: 'Copy the fields of oauth.prisma unchanged, and run "npx prisma generate"',
      },
    ])
  })
})
