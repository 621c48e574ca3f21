import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DatabaseName, databaseNames, urlVariable } from './names'
import { pooledUrl, stopDatabases } from './pool'
import { runtimeMissing } from './runtime'

const variable = 'OAUTH2_TEST_BROKER'

/** Starts databases for all processes of a test run, each once, when it is first asked for. */
export interface Broker {
  /** Starts these, side by side, without waiting for them. */
  prepare(names: Iterable<DatabaseName>): void
  /** Stops whatever was started. */
  stop(): Promise<void>
}

/** What the processes of a run learn from the environment. */
interface Offer {
  readonly address: string
  /** Why no container can be started. */
  readonly missing: string | null
}

/**
 * Serves the databases of a test run. For the program that starts the test processes, such as the
 * `globalSetup` of Jest; those find it through the environment, however they are started.
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
        // Whoever asks for it gets the error.
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

/** The broker of this run, where there is one. */
export function offer(): Offer | null {
  const text = process.env[variable]
  return text ? (JSON.parse(text) as Offer) : null
}

/** The URL of a database of this run. */
export async function brokeredUrl({ address }: Offer, name: DatabaseName): Promise<string> {
  const response = await fetch(`${address}/${name}`)
  const body = await response.text()
  if (!response.ok) throw new Error(`"${name}" could not be started: ${body}`)
  return body
}
