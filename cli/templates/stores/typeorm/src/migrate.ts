import { forMigrations, withLock } from './data-source.js'
import { explained } from './database.js'

// Applies the migrations that the database lacks: npm run migrate.
const dataSource = forMigrations()
try {
  await dataSource.initialize().catch((error) => {
    throw explained(error)
  })
  const applied = await withLock(dataSource, () => dataSource.runMigrations())
  for (const { name } of applied) console.log(`Applied ${name}`)
  if (applied.length === 0) console.log('The database has all migrations')
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  if (dataSource.isInitialized) await dataSource.destroy()
}
