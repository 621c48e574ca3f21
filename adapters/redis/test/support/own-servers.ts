import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type Server, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type RedisOptions } from 'ioredis'
import { GenericContainer, Wait } from 'testcontainers'
import { type RedisStore, type RedisStoreOptions, redisStore } from '@oauth2-kit/redis'
import { bounded, clientOf } from './servers'

const image = process.env.OAUTH2_TEST_REDIS_IMAGE || 'redis:7.0'
const root = '/servers'

/** Milliseconds that a busy machine may take to start the container, and to meet a condition. */
const patience = { start: 150_000, wait: 60_000 }

/** Milliseconds that a test may take, so that `until` fails first and reports its condition. */
export const ownServersTimeout = 400_000

/** For a client of a server that a test kills: commands that were sent to it get no reply. */
export const killable = { ...bounded, commandTimeout: 5000, connectTimeout: 5000 }

// For clients that are polled, also while the server is down.
const polled = { ...bounded, commandTimeout: 20_000, connectTimeout: 20_000 }

/** Servers in a separate container, for tests that break them. */
export class OwnServers implements AsyncDisposable {
  private readonly opened: { disconnect(): void }[] = []

  private constructor(
    private readonly container: Awaited<ReturnType<GenericContainer['start']>>,
    private readonly clients: Redis[],
  ) {}

  /**
   * Starts a server for each line of options, or a Sentinel if the line is its configuration. Data
   * stays in memory: no test waits for a disk.
   */
  static async start(options: (ports: number[]) => string[], count: number): Promise<OwnServers> {
    const ports = await freePorts(count)
    const servers = options(ports).map((line, at) => {
      const shared = `--port ${ports[at]} --pidfile ${folderOf(at)}/pid --bind '*' --protected-mode no`
      const run = line.startsWith('sentinel ')
        ? `printf '${line}' > sentinel.conf; redis-server ./sentinel.conf --sentinel ${shared}`
        : `redis-server ${shared} --save '' --repl-diskless-sync-delay 0 ${line}`
      return `(mkdir ${folderOf(at)}; cd ${folderOf(at)}; while true; do ${run}; while test -e away; do sleep 0.1; done; sleep 0.1; done) &`
    })
    const container = await new GenericContainer(image)
      .withCommand(['bash', '-c', [...servers, 'wait'].join('\n')])
      .withTmpFs({ [root]: 'rw' })
      .withExposedPorts(...ports.map((port) => ({ container: port, host: port })))
      .withWaitStrategy(
        Wait.forSuccessfulCommand(ports.map((port) => `redis-cli -p ${port} ping`).join(' && ')),
      )
      .withStartupTimeout(patience.start)
      .start()
    const clients = ports.map((port) => {
      const client = new Redis({ host: '127.0.0.1', port, ...polled, retryStrategy: () => 100 })
      return client.on('error', () => {})
    })
    return new OwnServers(container, clients)
  }

  /** Starts a master, its replica, and three Sentinels that watch the master under that name. */
  static async startSentinels(name: string): Promise<OwnServers> {
    const count = { servers: 2, sentinels: 3 }
    // A busy machine may stall a server for seconds, which is not a failure.
    const settings = { 'down-after-milliseconds': 5000, 'failover-timeout': 20_000 }
    const lines = Object.entries(settings).map(([key, value]) => `sentinel ${key} ${name} ${value}`)
    const servers = await OwnServers.start(([master]) => {
      const sentinel = [`sentinel monitor ${name} 127.0.0.1 ${master} 2`, ...lines, ''].join('\\n')
      return [
        '--appendonly yes',
        `--appendonly yes --replicaof 127.0.0.1 ${master}`,
        ...Array.from({ length: count.sentinels }, () => sentinel),
      ]
    }, count.servers + count.sentinels)
    try {
      await servers.until('each Sentinel knows the replica and the other Sentinels', async () => {
        const masters = await Promise.all(
          servers.sentinels.map((_, at) =>
            servers
              .at(at + count.servers)
              .call('SENTINEL', 'MASTER', name)
              .then(fieldsOf),
          ),
        )
        return masters.every(
          (master) =>
            master['num-slaves'] === '1' &&
            Number(master['num-other-sentinels']) === count.sentinels - 1 &&
            master.flags === 'master',
        )
      })
      return servers
    } catch (error) {
      await servers[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts a Cluster of masters with one replica each. */
  static async startCluster(masters: number): Promise<OwnServers> {
    // A busy machine may stall a node for seconds, which is not a failure.
    const line =
      '--appendonly yes --cluster-enabled yes --cluster-announce-ip 127.0.0.1 --cluster-node-timeout 5000'
    const servers = await OwnServers.start((ports) => ports.map(() => line), 2 * masters)
    try {
      const nodes = servers.urls.map((url) => new URL(url).host)
      const create = `redis-cli --cluster create ${nodes.join(' ')} --cluster-replicas 1 --cluster-yes`
      await servers.exec(`timeout ${patience.wait / 1000} ${create}`)
      await servers.untilWhole()
      return servers
    } catch (error) {
      await servers[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The URLs of the servers, in the order of their options. */
  get urls(): string[] {
    return this.clients.map(({ options }) => `redis://127.0.0.1:${options.port}`)
  }

  /** The addresses of the Sentinels, as ioredis takes them. */
  get sentinels(): { host: string; port: number }[] {
    return this.clients
      .slice(2)
      .map(({ options }) => ({ host: '127.0.0.1', port: Number(options.port) }))
  }

  get clusterUrl(): string {
    return `redis+cluster://${this.urls.map((url) => new URL(url).host).join(',')}`
  }

  /** Returns the client of the server with that number. */
  at(number: number): Redis {
    return this.clients[number]!
  }

  /** Creates a store with a new client. */
  storeAt(url: string, options?: RedisStoreOptions, own?: RedisOptions): RedisStore {
    const client = clientOf(url, own)
    this.opened.push(client)
    return redisStore(client, options)
  }

  /** Kills a server with SIGKILL. It stays down until it is revived. */
  async kill(number: number): Promise<void> {
    await this.exec(`touch ${folderOf(number)}/away && kill -9 $(cat ${folderOf(number)}/pid)`)
  }

  /** Restarts a server that was killed. */
  async revive(number: number): Promise<void> {
    await this.exec(`rm ${folderOf(number)}/away`)
    await this.until(
      `server ${number} answers`,
      async () => (await this.at(number).ping()) === 'PONG',
    )
  }

  /** Returns the numbers of the servers with that role: `master` or `slave`. */
  async having(role: string): Promise<number[]> {
    const infos = await Promise.all(
      this.clients.map((client) => client.info('replication').catch(() => '')),
    )
    return [...infos.keys()].filter((number) => infos[number]!.includes(`role:${role}`))
  }

  /** Waits until every node of a Cluster is healthy, and every master has its replica. */
  async untilWhole(): Promise<void> {
    await this.until('all nodes are healthy, and half of them are replicas in sync', async () => {
      const states = await Promise.all(this.clients.map(stateOf))
      const replicas = states.filter((state) => /role:slave.*master_link_status:up/.test(state))
      return (
        states.every((state) => state.includes('cluster_state:ok')) &&
        replicas.length === states.length / 2
      )
    })
  }

  /** Polls until a condition is true. Rejects after a timeout with the state of the servers. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + patience.wait
    let problem: unknown
    do {
      try {
        if (await isSo()) return
        problem = undefined
      } catch (error) {
        problem = error
      }
      await sleep(50)
    } while (Date.now() < end)
    const states = await Promise.all(this.clients.map(stateOf))
    const lines = states.map((state, number) => `server ${number}: ${state}`)
    const message = `Waited ${patience.wait} ms, but not: ${what}`
    throw new Error([message, ...lines].join('\n'), { cause: problem })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [...this.clients, ...this.opened]) client.disconnect()
    await this.container.stop({ timeout: 0, remove: true, removeVolumes: true })
  }

  private async exec(command: string): Promise<void> {
    const { exitCode, output } = await this.container.exec(['bash', '-c', command])
    if (exitCode !== 0) throw new Error(`"${command}" ended with ${exitCode}: ${output}`)
  }
}

/** Returns the fields of a reply that lists names and values in turn. */
function fieldsOf(reply: unknown): Record<string, string> {
  const list = reply as string[]
  return Object.fromEntries(list.flatMap((name, at) => (at % 2 ? [] : [[name, list[at + 1]!]])))
}

function folderOf(number: number): string {
  return `${root}/${number}`
}

/** Returns the state of a server in one line. */
async function stateOf(client: Redis): Promise<string> {
  const relevant =
    /^(?:role|master_port|master_link_status|connected_slaves|loading|uptime_in_seconds|aof_last_write_status|cluster_(?:enabled|state|current_epoch|my_epoch)):/
  try {
    const all = await client.info()
    const ofCluster = all.includes('cluster_enabled:1') ? await client.cluster('INFO') : ''
    const lines = `${all}${ofCluster}`.split(/\s+/).filter((line) => relevant.test(line))
    return lines.join(' ')
  } catch (error) {
    return `does not answer: ${(error as Error).message}`
  }
}

/**
 * Returns free ports below the range that systems use for outgoing connections. The ports 10,000
 * higher, where the bus of a Cluster node listens, are below it too: both stay free for a restart.
 */
async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  while (held.length < count) {
    const server = createServer().listen(randomInt(10_000, 20_000), '0.0.0.0')
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
