import { forMigrations, withLock } from './data-source.js'
import { explained } from './database.js'

/** Applies the migrations that the database lacks. Resolves with their names. */
export async function migrate(): Promise<string[]> {
  const dataSource = forMigrations()
  await dataSource.initialize().catch((error) => {
    throw explained(error)
  })
  try {
    const applied = await withLock(dataSource, () => dataSource.runMigrations())
    return applied.map(({ name }) => name)
  } finally {
    await dataSource.destroy()
  }
}
