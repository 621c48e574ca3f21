import type * as Testcontainers from 'testcontainers'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { listenAnywhere } from '../listen'
import { type DatabaseName, DatabaseMissing } from './names'
import { recipes } from './recipes'
import { runtimeMissing } from './runtime'

/** How long a database has to start, in milliseconds: a replica set on a busy machine needs most. */
const startTimeout = 180_000

const label = 'oauth2-kit.database'

/** A database in a container of its own. */
export interface StartedDatabase {
  readonly url: string
  /** Runs a command inside, such as one that kills a server, and gives what it printed. */
  exec(command: string[]): Promise<string>
  /** Stops and removes the container with all it holds. */
  stop(): Promise<void>
}

/** The same from the moment on when it starts. */
export interface StartingDatabase {
  readonly started: Promise<Pick<StartedDatabase, 'url' | 'exec'>>
  /** Doesn't wait for the start to end. */
  stop(): Promise<void>
}

/**
 * Starts a database in a container that nobody else uses, for tests that break it. Rejects with
 * DatabaseMissing where no container can be started. See `testDatabase` for everything else.
 */
export async function startDatabase(name: DatabaseName): Promise<StartedDatabase> {
  const starting = start(name)
  return { ...(await starting.started), stop: () => starting.stop() }
}

/** Begins to start a database. */
export function start(name: DatabaseName): StartingDatabase {
  const id = randomUUID()
  const started = launch(name, id)
  return {
    started,
    async stop() {
      await remove(id)
      // Had it not been made yet, it is by now.
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

/** The command, tried for a while in one shell: to start one for each try keeps a small machine busy. */
function patiently(command: string): string {
  return `for n in 1 2 3 4 5 6 7 8 9 10; do ${command} && exit 0; sleep 0.2; done; exit 1`
}

/** Removes the container of a start, in whatever state it is. */
async function remove(id: string): Promise<void> {
  if (await runtimeMissing()) return
  const { container } = await testcontainers().getContainerRuntimeClient()
  const found = await container.fetchByLabel(label, id, {
    status: ['created', 'running', 'exited'],
  })
  await found?.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
    // Gone, or going: Testcontainers removes by itself what did not start.
    if (error.statusCode !== 404 && error.statusCode !== 409) throw error
  })
}

function testcontainers(): typeof Testcontainers {
  return require('testcontainers') as typeof Testcontainers
}

/** Ports that nobody listens on: all held at once, so that they differ, then let go. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(servers.map((server) => listenAnywhere(server, '0.0.0.0')))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
