import { Cluster, Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { describeDatabase, redisNodes } from '@oauth2-kit/conformance/databases'

const startTimeout = 180_000

describeDatabase('postgres', (database) => {
  it(
    'creates a separate database for each caller, and drops only that one',
    async () => {
      const [one, other] = await Promise.all([database.isolated(), database.isolated()])
      await query(one.url, 'CREATE TABLE kept (id int)')
      await other.drop()
      expect(await query(one.url, 'SELECT * FROM kept')).toEqual([])
      await one.drop()
      const left = await query(await database.url(), 'SELECT datname FROM pg_database')
      expect(left).not.toContainEqual({ datname: one.namespace })
    },
    startTimeout,
  )

  it(
    'returns the same database for the same namespace',
    async () => {
      const namespace = `same_${process.pid}`
      const both = await Promise.all([database.isolated(namespace), database.isolated(namespace)])
      expect(both[0].url).toBe(both[1].url)
      await both[0].drop()
      await both[1].drop()
    },
    startTimeout,
  )
})

describeDatabase('mariadb', (database) => {
  it(
    'creates a separate database for each caller',
    async () => {
      const [one, other] = await Promise.all([database.isolated(), database.isolated()])
      const connection = await createConnection(one.url)
      await connection.query('CREATE TABLE kept (id int)')
      await other.drop()
      expect((await connection.query('SELECT * FROM kept'))[0]).toEqual([])
      await one.drop()
      expect((await connection.query('SHOW DATABASES'))[0]).not.toContainEqual({
        Database: one.namespace,
      })
      await connection.end()
    },
    startTimeout,
  )
})

for (const name of ['mongodb', 'mongodb-replica'] as const) {
  describeDatabase(name, (database) => {
    it(
      'creates a separate database for each caller',
      async () => {
        const [one, other] = await Promise.all([database.isolated(), database.isolated()])
        await using client = new MongoClient(one.url)
        await client.db().collection('kept').insertOne({})
        await other.drop()
        expect(client.db().databaseName).toBe(one.namespace)
        expect(await client.db().collection('kept').countDocuments()).toBe(1)
        await one.drop()
        expect(await client.db().collection('kept').countDocuments()).toBe(0)
      },
      startTimeout,
    )
  })
}

for (const name of ['redis', 'redis-cluster'] as const) {
  describeDatabase(name, (database) => {
    it(
      'drops only the keys with its prefix',
      async () => {
        const [one, other] = await Promise.all([database.isolated(), database.isolated()])
        const nodes = redisNodes(one.url)
        const client = name === 'redis' ? new Redis(nodes[0]!) : new Cluster(nodes)
        const keys = [1, 2, 3, 4, 5, 6].map((n) => `${one.namespace}${n}`)
        await Promise.all(keys.map((key) => client.set(key, 'kept')))
        await other.drop()
        expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(
          keys.map(() => 'kept'),
        )
        await one.drop()
        expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys.map(() => null))
        client.disconnect()
      },
      startTimeout,
    )
  })
}

async function query(connectionString: string, text: string) {
  const client = new Client({ connectionString })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}
