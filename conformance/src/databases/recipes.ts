import type { DatabaseName } from './names'

/** How to start a database in one container. All servers of a cluster run in the same container. */
export interface Recipe {
  /** The default image, and the environment variable that overrides it. */
  readonly image: string
  readonly imageVariable: string
  /** The port of a single server inside the container. The port outside is arbitrary. */
  readonly port?: number
  /**
   * Or the number of servers in a cluster. Each listens on the same port inside and outside, and
   * all announce 127.0.0.1, so that the addresses they announce to each other work for clients too.
   */
  readonly nodes?: number
  readonly environment?: Readonly<Record<string, string>>
  /** The folder with the data, which is kept in memory. */
  readonly data: string
  readonly command: (ports: number[]) => string[]
  /** A shell command inside the container that succeeds once the database answers. */
  readonly ready: string
  readonly url: (host: string, ports: number[]) => string
}

const password = 'oauth2-kit'
const readyFile = '/tmp/ready'
const isReady = `test -f ${readyFile}`

/**
 * Sessions start at +05:30 and MariaDB in latin1, to expose code that relies on UTC or UTF-8 as a
 * default. The data goes away with the container, so it is in memory, and no write waits for a disk.
 */
export const recipes: Readonly<Record<DatabaseName, Recipe>> = {
  postgres: {
    image: 'postgres:15',
    imageVariable: 'OAUTH2_TEST_POSTGRES_IMAGE',
    port: 5432,
    data: '/var/lib/postgresql/data',
    environment: { POSTGRES_PASSWORD: password, POSTGRES_DB: 'test' },
    command: () => postgresArguments('TimeZone=Asia/Kolkata', 'fsync=off', 'max_connections=300'),
    ready: 'pg_isready -h 127.0.0.1 -U postgres -d test',
    url: (host, [port]) => `postgres://postgres:${password}@${host}:${port}/test`,
  },
  mariadb: {
    image: 'mariadb:10.11',
    imageVariable: 'OAUTH2_TEST_MARIADB_IMAGE',
    port: 3306,
    data: '/var/lib/mysql',
    environment: { MARIADB_ROOT_PASSWORD: password, MARIADB_DATABASE: 'test' },
    command: () => [
      '--character-set-server=latin1',
      '--collation-server=latin1_swedish_ci',
      '--default-time-zone=+05:30',
      '--innodb-flush-log-at-trx-commit=0',
      '--max-connections=300',
    ],
    // The port opens, and `healthcheck.sh` succeeds, before accounts and databases exist.
    ready: `mariadb -h 127.0.0.1 -u root -p${password} -e 'SELECT 1' test`,
    url: (host, [port]) => `mysql://root:${password}@${host}:${port}/test`,
  },
  mongodb: {
    image: 'mongo:7.0',
    imageVariable: 'OAUTH2_TEST_MONGODB_IMAGE',
    port: 27017,
    data: '/data/db',
    // A server that has crashed starts again on its data.
    command: () => shell('until mongod --bind_ip_all; do echo "mongod ended with $?"; done'),
    ready: `bash -c '${accepts(27017)}'`,
    url: (host, [port]) => `mongodb://${host}:${port}/test?directConnection=true`,
  },
  'mongodb-replica': {
    image: 'mongo:7.0',
    imageVariable: 'OAUTH2_TEST_MONGODB_IMAGE',
    nodes: 3,
    data: '/data',
    command: (ports) =>
      shell(
        ...ports.map(
          (port) =>
            `mkdir -p /data/${port}; mongod --bind_ip_all --dbpath /data/${port} --port ${port} --replSet rs0 &`,
        ),
        ...ports.map((port) => `until ${accepts(port)}; do sleep 0.1; done`),
        `mongosh --quiet --port ${ports[0]} --eval '${initiate(ports)}'`,
        `touch ${readyFile}; wait`,
      ),
    ready: isReady,
    url: (host, ports) => `mongodb://${addresses(host, ports)}/test?replicaSet=rs0`,
  },
  redis: {
    image: 'redis:7.0',
    imageVariable: 'OAUTH2_TEST_REDIS_IMAGE',
    port: 6379,
    data: '/data',
    command: () => ['redis-server', '--save', '', '--appendonly', 'yes'],
    ready: 'redis-cli ping',
    url: (host, [port]) => `redis://${host}:${port}`,
  },
  'redis-cluster': {
    image: 'redis:7.0',
    imageVariable: 'OAUTH2_TEST_REDIS_IMAGE',
    nodes: 6,
    data: '/data',
    command: (ports) =>
      shell(
        `for port in ${ports.join(' ')}; do`,
        `  redis-server --port $port --bind '*' --protected-mode no --save '' --appendonly no --cluster-enabled yes --cluster-config-file nodes-$port.conf --cluster-announce-ip 127.0.0.1 --cluster-node-timeout 15000 &`,
        `done`,
        `for port in ${ports.join(' ')}; do until redis-cli -p $port ping; do sleep 0.1; done; done`,
        `redis-cli --cluster create ${addresses('127.0.0.1', ports, ' ')} --cluster-replicas 1 --cluster-yes`,
        // Wait until every node reports a healthy cluster and every replica is connected to its
        // master.
        `for port in ${ports.join(' ')}; do until redis-cli -p $port cluster info | grep -q cluster_state:ok && ! redis-cli -p $port info replication | grep -q master_link_status:down; do sleep 0.1; done; done`,
        `until [ "$(redis-cli -p ${ports[0]} cluster nodes | grep -c ' slave .* connected')" = 3 ]; do sleep 0.1; done`,
        `touch ${readyFile}; wait`,
      ),
    ready: isReady,
    url: (host, ports) => `redis+cluster://${addresses(host, ports)}`,
  },
}

function postgresArguments(...settings: string[]): string[] {
  return ['postgres', ...settings.flatMap((setting) => ['-c', setting])]
}

function shell(...lines: string[]): string[] {
  return ['bash', '-ec', lines.join('\n')]
}

/** Tests in bash whether a server listens: a second faster than starting mongosh. */
function accepts(port: number): string {
  return `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null`
}

/** Every member votes. Done when one is primary and the others are secondaries. */
function initiate(ports: number[]): string {
  const members = ports.map((port, _id) => ({ _id, host: `127.0.0.1:${port}` }))
  return `
    rs.initiate(${JSON.stringify({ _id: 'rs0', members })})
    const states = () => rs.status().members.map((member) => member.stateStr).sort().join()
    while (states() !== "PRIMARY,SECONDARY,SECONDARY") sleep(200)`
}

function addresses(host: string, ports: number[], separator = ','): string {
  return ports.map((port) => `${host}:${port}`).join(separator)
}
