import { connect } from './connect.js'
import { explained } from './database.js'

/** How long a migration may take, in milliseconds. */
const timeout = 3600_000

/** Creates what the database lacks of the tables. Resolves with what it has applied. */
export async function migrate(): Promise<string[]> {
  const { store, close } = connect(timeout)
  try {
    const wasComplete = (await store.check()).length === 0
    const version = await store.migrate()
    return wasComplete ? [] : [`version ${version} of the tables`]
  } catch (error) {
    throw explained(error)
  } finally {
    await close()
  }
}
