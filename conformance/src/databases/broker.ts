import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DatabaseName, databaseNames, urlVariable } from './names'
import { pooledUrl, stopDatabases } from './pool'
import { runtimeMissing } from './runtime'

const variable = 'OAUTH2_TEST_BROKER'

/**
 * Starts databases for all processes of a test run. Each one starts once, on the first request for
 * it.
 */
export interface Broker {
  /** Starts these databases in parallel, and doesn't wait for them. */
  prepare(names: Iterable<DatabaseName>): void
  /** Stops all databases that were started. */
  stop(): Promise<void>
}

/** What the processes of a run read from the environment. */
interface Offer {
  readonly address: string
  /** Why no container can be started; null if one can. */
  readonly missing: string | null
}

/**
 * Serves the databases of a test run. Call it in the program that starts the test processes, such
 * as Jest's `globalSetup`. The test processes find it through an environment variable.
 */
export async function startBroker(): Promise<Broker> {
  const missing = await runtimeMissing()
  const server = createServer((request, response) => {
    const name = databaseNames.find((name) => request.url === `/${name}`)
    const answer = (status: number, body: string) =>
      response.writeHead(status, { connection: 'close' }).end(body)
    if (!name) return answer(404, 'unknown database')
    return pooledUrl(name).then(
      (url) => answer(200, url),
      (error: unknown) => answer(500, String(error)),
    )
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  process.env[variable] = JSON.stringify({ address: `http://127.0.0.1:${port}`, missing })
  return {
    prepare(names) {
      if (missing) return
      for (const name of names) {
        // A test that requests this database gets the error.
        if (!process.env[urlVariable(name)]) pooledUrl(name).catch(() => {})
      }
    },
    async stop() {
      delete process.env[variable]
      server.close()
      await stopDatabases()
    },
  }
}

/** Returns the broker of this run, or null if none was started. */
export function offer(): Offer | null {
  const text = process.env[variable]
  return text ? (JSON.parse(text) as Offer) : null
}

/** Resolves with the URL of a database that the broker serves. */
export async function brokeredUrl({ address }: Offer, name: DatabaseName): Promise<string> {
  const response = await fetch(`${address}/${name}`)
  const body = await response.text()
  if (!response.ok) throw new Error(`"${name}" could not be started: ${body}`)
  return body
}
