import { start, type StartingDatabase } from './containers'
import type { DatabaseName } from './names'

const started = new Map<DatabaseName, StartingDatabase>()

/** The URL of a database that this process starts when it is first asked for. */
export async function pooledUrl(name: DatabaseName): Promise<string> {
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

/** No container stays behind, neither at the end nor after Ctrl-C, with or without Ryuk. */
function stopAtExit(): void {
  process.once('beforeExit', () => void stopDatabases())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const end = () =>
      void stopDatabases().finally(() => {
        process.off(signal, end)
        process.kill(process.pid, signal)
      })
    // Not `once`: others that listen, such as Jest, end the process where they are alone.
    process.on(signal, end)
  }
}
