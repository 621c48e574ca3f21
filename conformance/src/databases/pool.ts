import { start, type StartingDatabase } from './containers'
import type { DatabaseName } from './names'

const started = new Map<DatabaseName, StartingDatabase>()

/**
 * Resolves with the URL of a database. This process starts it on the first call, and again if it has
 * ended by itself.
 */
export async function pooledUrl(name: DatabaseName): Promise<string> {
  const before = started.get(name)
  await before?.started
  const lastWords = await before?.ended()
  if (before && lastWords && started.get(name) === before) {
    process.stderr.write(`The database "${name}" has ended, and is started again: ${lastWords}\n`)
    started.delete(name)
    await before.stop()
  }
  let database = started.get(name)
  if (!database) {
    if (started.size === 0) stopAtExit()
    database = start(name)
    started.set(name, database)
  }
  return (await database.started).url
}

/** Stops every container that this process started through `testDatabase`. */
export async function stopDatabases(): Promise<void> {
  const databases = [...started.values()]
  started.clear()
  await Promise.all(databases.map((database) => database.stop()))
}

/** Makes sure that no container remains after the end or Ctrl-C, with or without Ryuk. */
function stopAtExit(): void {
  process.once('beforeExit', () => void stopDatabases())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const end = () =>
      void stopDatabases().finally(() => {
        process.off(signal, end)
        process.kill(process.pid, signal)
      })
    // Not `once`: other listeners, such as Jest's, end the process if they are the only ones.
    process.on(signal, end)
  }
}
