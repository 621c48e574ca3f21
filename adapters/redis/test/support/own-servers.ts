import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type Server, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type RedisOptions } from 'ioredis'
import { GenericContainer, Wait } from 'testcontainers'
import { type RedisStore, type RedisStoreOptions, redisStore } from '@oauth2-kit/redis'
import { bounded, clientOf } from './servers'

const image = process.env.OAUTH2_TEST_REDIS_IMAGE || 'redis:7.0'

/** Servers in a container that nobody else uses, for tests that break them. */
export class OwnServers implements AsyncDisposable {
  private readonly lent: { disconnect(): void }[] = []

  private constructor(
    private readonly container: Awaited<ReturnType<GenericContainer['start']>>,
    private readonly clients: Redis[],
  ) {}

  /** Starts a server for each line of options; one that is killed comes back after a while. */
  static async start(options: (ports: number[]) => string[], count: number): Promise<OwnServers> {
    const ports = await freePorts(count)
    const servers = options(ports).map(
      (line, at) =>
        `(mkdir -p /tmp/${at}; cd /tmp/${at}; while true; do redis-server --port ${ports[at]} --bind '*' --protected-mode no --save '' ${line}; sleep 3; done) &`,
    )
    const container = await new GenericContainer(image)
      .withCommand(['bash', '-c', [...servers, 'wait'].join('\n')])
      .withExposedPorts(...ports.map((port) => ({ container: port, host: port })))
      .withWaitStrategy(
        Wait.forSuccessfulCommand(ports.map((port) => `redis-cli -p ${port} ping`).join(' && ')),
      )
      .start()
    const clients = ports.map((port) => {
      const client = new Redis({ host: '127.0.0.1', port, ...bounded, maxRetriesPerRequest: 50 })
      return client.on('error', () => {})
    })
    return new OwnServers(container, clients)
  }

  /** A Cluster of masters with a replica each. */
  static async startCluster(masters: number): Promise<OwnServers> {
    const line =
      '--appendonly yes --cluster-enabled yes --cluster-announce-ip 127.0.0.1 --cluster-node-timeout 2000'
    const servers = await OwnServers.start((ports) => ports.map(() => line), 2 * masters)
    const nodes = servers.urls.map((url) => new URL(url).host)
    const create = ['redis-cli', '--cluster', 'create', ...nodes]
    await servers.exec([...create, '--cluster-replicas', '1', '--cluster-yes'])
    await Promise.all(
      servers.clients.map((client) =>
        until(async () => {
          const [cluster, replication] = [
            await client.cluster('INFO'),
            await client.info('replication'),
          ]
          return cluster.includes('cluster_state:ok') && !replication.includes('status:down')
        }),
      ),
    )
    return servers
  }

  /** Of each server, in the order of their options. */
  get urls(): string[] {
    return this.clients.map(({ options }) => `redis://127.0.0.1:${options.port}`)
  }

  get clusterUrl(): string {
    return `redis+cluster://${this.urls.map((url) => new URL(url).host).join(',')}`
  }

  /** A client of the server of that number. */
  at(number: number): Redis {
    return this.clients[number]!
  }

  /** A store with a client of its own. */
  storeAt(url: string, options?: RedisStoreOptions, own?: RedisOptions): RedisStore {
    const client = clientOf(url, own)
    this.lent.push(client)
    return redisStore(client, options)
  }

  /** As if the power went off for that process. */
  async kill(number: number): Promise<void> {
    const [, pid] = /process_id:(\d+)/.exec(await this.at(number).info('server')) ?? []
    await this.exec(['bash', '-c', `kill -9 ${pid}`])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [...this.clients, ...this.lent]) client.disconnect()
    await this.container.stop({ timeout: 0, remove: true, removeVolumes: true })
  }

  private async exec(command: string[]): Promise<void> {
    const { exitCode, output } = await this.container.exec(command)
    if (exitCode !== 0) throw new Error(output)
  }
}

/** Asks again and again, until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await sleep(50)
}

/**
 * Below the range from which systems take the ports of outgoing connections. The bus of a Cluster's
 * node listens 10,000 higher.
 */
async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  while (held.length < count) {
    const server = createServer().listen(randomInt(20_000, 32_000), '0.0.0.0')
    const isFree = once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (await isFree) held.push(server)
  }
  const ports = held.map((server) => (server.address() as { port: number }).port)
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
