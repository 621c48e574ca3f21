import type * as Testcontainers from 'testcontainers'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { listenAnywhere } from '../listen'
import { type DatabaseName, DatabaseMissing } from './names'
import { recipes } from './recipes'
import { runtimeMissing } from './runtime'

/**
 * The time limit for starting a database, in milliseconds. A replica set on a busy machine is
 * slowest.
 */
const startTimeout = 180_000

const label = 'oauth2-kit.database'

/** A database in its own container. */
export interface StartedDatabase {
  readonly url: string
  /**
   * Runs a command in the container, such as one that kills a server, and resolves with its output.
   */
  exec(command: string[]): Promise<string>
  /** Stops and removes the container with its data. */
  stop(): Promise<void>
}

/** A database that may still be starting. */
export interface StartingDatabase {
  readonly started: Promise<Pick<StartedDatabase, 'url' | 'exec'>>
  /** Resolves with what the container printed last if it has ended by itself; null if it runs. */
  ended(): Promise<string | null>
  /** Stops the container without waiting until the start has finished. */
  stop(): Promise<void>
}

/**
 * Starts a database in its own container, for tests that break it. Use `testDatabase` for all other
 * tests. Rejects with DatabaseMissing if no container can be started.
 */
export async function startDatabase(name: DatabaseName): Promise<StartedDatabase> {
  const starting = start(name)
  return { ...(await starting.started), stop: () => starting.stop() }
}

/** Starts a database and returns at once. */
export function start(name: DatabaseName): StartingDatabase {
  const id = randomUUID()
  const started = launch(name, id)
  return {
    started,
    ended: () => lastWords(id),
    async stop() {
      await remove(id)
      // The container may have been created after the first removal.
      await started.then(
        () => remove(id),
        () => remove(id),
      )
    },
  }
}

async function launch(
  name: DatabaseName,
  id: string,
): Promise<Pick<StartedDatabase, 'url' | 'exec'>> {
  const missing = await runtimeMissing()
  if (missing) throw new DatabaseMissing(name, missing)
  const { GenericContainer, Wait } = testcontainers()
  const recipe = recipes[name]
  const ports = recipe.port ? [recipe.port] : await freePorts(recipe.nodes ?? 0)
  const container = await new GenericContainer(process.env[recipe.imageVariable] || recipe.image)
    .withLabels({ [label]: id })
    .withEnvironment({ ...recipe.environment })
    .withTmpFs({ [recipe.data]: 'rw' })
    .withCommand(recipe.command(ports))
    .withExposedPorts(
      ...ports.map((port) => (recipe.port ? port : { container: port, host: port })),
    )
    .withWaitStrategy(Wait.forSuccessfulCommand(patiently(recipe.ready)))
    .withStartupTimeout(startTimeout)
    .start()
  const mapped = ports.map((port) => container.getMappedPort(port))
  return {
    url: recipe.url(container.getHost().replace('localhost', '127.0.0.1'), mapped),
    exec: async (command) => (await container.exec(command)).output,
  }
}

/** Retries the command in one shell. One shell per attempt would keep a small machine busy. */
function patiently(command: string): string {
  return `for n in 1 2 3 4 5 6 7 8 9 10; do ${command} && exit 0; sleep 0.2; done; exit 1`
}

/** Resolves with the container of a start, whatever state it is in. */
async function containerOf(id: string) {
  if (await runtimeMissing()) return undefined
  const { container } = await testcontainers().getContainerRuntimeClient()
  return container.fetchByLabel(label, id, { status: ['created', 'running', 'exited'] })
}

async function lastWords(id: string): Promise<string | null> {
  const found = await containerOf(id)
  const state = (await found?.inspect())?.State
  if (!found || !state || state.Status !== 'exited') return null
  const lines = await found.logs({ stdout: true, stderr: true, tail: 20 })
  return `exit code ${state.ExitCode}\n${textOf(lines)}`
}

/** Returns the text of a log, without the header of eight bytes that Docker puts before each part. */
function textOf(log: Buffer): string {
  const parts: string[] = []
  let at = 0
  while (at + 8 <= log.length) {
    const end = at + 8 + log.readUInt32BE(at + 4)
    parts.push(log.toString('utf8', at + 8, end))
    at = end
  }
  return parts.join('')
}

/** Removes the container of a start. */
async function remove(id: string): Promise<void> {
  const found = await containerOf(id)
  await found?.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
    // Already removed, or being removed: Testcontainers removes a container that failed to start.
    if (error.statusCode !== 404 && error.statusCode !== 409) throw error
  })
}

function testcontainers(): typeof Testcontainers {
  return require('testcontainers') as typeof Testcontainers
}

/**
 * Resolves with free ports. All are held at the same time, so that they differ, and then released.
 */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(servers.map((server) => listenAnywhere(server, '0.0.0.0')))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
