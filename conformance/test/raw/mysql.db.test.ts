import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { mysqlRaw } from '@oauth2-kit/conformance/raw/mysql'
import { type Pool, createPool } from 'mysql2/promise'
import { tableOf, testSqlHooks } from './sql'

describeDatabase('mariadb', (database) => {
  let mine: Isolated
  let pool: Pool
  beforeAll(async () => {
    mine = await database.isolated()
    pool = createPool(mine.url)
    await pool.query(tableOf('BLOB'))
  })
  afterAll(async () => {
    await pool?.end()
    await mine?.drop()
  })

  describe.each(['query', 'execute', 'a connection'] as const)(
    'mysqlRaw() on a Pool of mysql2, with statements of %s',
    (way) => {
      const hooks = mysqlRaw({ pool: () => pool, tables: () => ['things'] })
      beforeAll(() => pool.query('DELETE FROM things'))

      testSqlHooks({
        hooks,
        async run(sql, ...values) {
          if (way === 'query') return pool.query(sql, values)
          if (way === 'execute') return pool.execute(sql, values as string[])
          const connection = await pool.getConnection()
          await connection.beginTransaction()
          await connection.execute({ sql, values })
          await connection.commit()
          return connection.release()
        },
      })
    },
  )
})
