import { DataSource, DefaultNamingStrategy, EntitySchema } from 'typeorm'
import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { tablesOf } from './support/create'
import { dataSourceFor, describeEngines, migrated, typeOf } from './support/data-source'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  aVersion,
  grantsOf,
  issued,
  before,
  redeemed,
  t0,
} from '@oauth2-kit/testing'

/** Returns the changes that the schema builder would make. */
async function drift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log()
  return upQueries.map(({ query }) => query)
}

describeEngines((place) => {
  it('the migration creates tables that the schema builder would not change', async () => {
    await using dataSource = await migrated(place.url, { tables: tablesOf('drift') })
    expect(await drift(dataSource)).toEqual([])
    expect(await typeormStore(dataSource, { tables: tablesOf('drift') }).check()).toEqual([])
  })

  it('the migration runs only once', async () => {
    const tables = tablesOf('again')
    await using dataSource = await migrated(place.url, { tables })
    const { credential } = await issued(typeormStore(dataSource, { tables }))
    expect(await dataSource.runMigrations()).toEqual([])
    expect(await typeormStore(dataSource, { tables }).find(credential.hash)).toEqual(credential)
  })

  it('the migration leaves existing tables unchanged', async () => {
    const tables = tablesOf('there')
    await using first = await migrated(place.url, { tables })
    const { credential } = await issued(typeormStore(first, { tables }))
    await first.query('DELETE FROM there_credentials_migrations')
    await using second = await migrated(place.url, { tables })
    expect(await typeormStore(second, { tables }).find(credential.hash)).toEqual(credential)
    expect(await drift(second)).toEqual([])
  })

  it('the migration can be reverted and run again', async () => {
    const tables = tablesOf('back')
    await using dataSource = await migrated(place.url, { tables })
    await dataSource.undoLastMigration()
    await expect(dataSource.query('SELECT 1 FROM back_credentials')).rejects.toThrow(
      'back_credentials',
    )
    await dataSource.runMigrations()
    expect(await typeormStore(dataSource, { tables }).check()).toEqual([])
  })

  it('synchronize creates the same tables', async () => {
    const tables = tablesOf('synced')
    await using dataSource = dataSourceFor(place.url, { tables })
    await dataSource.initialize()
    await dataSource.synchronize()
    expect(await typeormStore(dataSource, { tables }).check()).toEqual([])
    expect(await dataSource.runMigrations()).toHaveLength(1)
    expect(await drift(dataSource)).toEqual([])
  })

  it('one DataSource can have two sets of tables and an entity of the application', async () => {
    const [one, two] = [tablesOf('set_a'), tablesOf('set_b')]
    const type = typeOf(place.url)
    const [a, b] = [oauthTables(type, { tables: one }), oauthTables(type, { tables: two })]
    const album = new EntitySchema({
      name: 'album',
      columns: { id: { type: Number, primary: true, generated: true } },
    })
    await using dataSource = dataSourceFor(place.url, {
      options: {
        entities: [album, ...a.entities, ...b.entities],
        migrations: [...a.migrations, ...b.migrations],
        migrationsTableName: 'set_migrations',
      },
    })
    await dataSource.initialize()
    await dataSource.runMigrations()
    const [here, there] = [one, two].map((tables) => typeormStore(dataSource, { tables }))
    const { credential } = await issued(here!)
    expect(await here!.find(credential.hash)).toEqual(credential)
    expect(await there!.find(credential.hash)).toBeNull()
  })

  it('the prefix and the naming strategy of the DataSource are used', async () => {
    class Shouting extends DefaultNamingStrategy {
      override columnName(property: string, custom: string): string {
        return `C_${custom || property}`
      }
    }
    await using dataSource = await migrated(place.url, {
      options: { entityPrefix: 'pre_', namingStrategy: new Shouting() },
    })
    const store = typeormStore(dataSource)
    const { credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    const client = aClient()
    expect(await store.createClient(client)).toBe(true)
    expect(await store.getClient(client.id)).toEqual(client)
    expect(await store.check()).toEqual([])
    expect(await dataSource.query('SELECT * FROM pre_oauth_clients')).toHaveLength(1)
    expect(await drift(dataSource)).toEqual([])
  })
})

describe('sqljs', () => {
  it('has tables without drift, and a store that works', async () => {
    const dataSource = new DataSource({ type: 'sqljs', ...oauthTables('sqljs') })
    await dataSource.initialize()
    await dataSource.runMigrations()
    expect(await drift(dataSource)).toEqual([])
    const store = typeormStore(dataSource)
    expect(await store.check()).toEqual([])
    expect(store.supports).toMatchObject({ durable: false, multiProcess: false })
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'revoked' })
    await dataSource.destroy()
  })

  it('supports clients, users, records and the conditions of issue()', async () => {
    const dataSource = new DataSource({ type: 'sqljs', ...oauthTables('sqljs') })
    await dataSource.initialize()
    await dataSource.runMigrations()
    const store = typeormStore(dataSource)
    const [client, user, record] = [aClient(), aUser(), aRecord()]
    expect([await store.createClient(client), await store.createUser(user)]).toEqual([true, true])
    const again = { ...client, version: aVersion() }
    expect(await store.createClient(again)).toBe(false)
    expect(await store.updateClient(again, client.version)).toBe(true)
    expect(await store.createUser(aUser({ username: user.username }))).toBe(false)
    const issue = (clientVersion: string) => {
      const grant = aGrant({ clientId: client.id, userId: user.id })
      return store.issue(grant, [aCredential()], { clientVersion })
    }
    expect(await issue(client.version)).toBe('refused')
    expect(await issue(again.version)).toBe('issued')
    await store.deleteUser(user.id, t0)
    expect(await issue(again.version)).toBe('refused')
    expect(await grantsOf(store, { userId: user.id })).toEqual([])
    expect([await store.addRecord(record), await store.addRecord(record)]).toEqual([true, false])
    expect(await store.takeRecord(record.key)).toEqual(record)
    expect(await store.takeRecord(record.key)).toBeNull()
    expect(await store.purge(before(t0 + 1), 9)).toEqual({ deleted: 1, more: false })
    await dataSource.destroy()
  })
})
