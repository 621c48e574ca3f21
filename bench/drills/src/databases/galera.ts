import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import { Container } from './container'
import type { Database } from './database'

const run = promisify(execFile)

const password = 'oauth2-kit'
const image = 'oauth2-kit-galera'
const folder = path.join(__dirname, '../../galera')

/**
 * MariaDB Galera with three nodes. Each provider process has its own node, so that they conflict on
 * commit. `syncWait` is the value of `wsrep_sync_wait`: which statements wait until the node has
 * applied the commits of the other nodes.
 */
export async function galera(syncWait: number): Promise<Database> {
  await build()
  const id = randomBytes(4).toString('hex')
  const network = `drills-${id}`
  const names = [1, 2, 3].map((n) => `drills-${id}-${n}`)
  await run('docker', ['network', 'create', network])
  const nodes: Container[] = []
  const close = async () => {
    await Promise.all(nodes.map((node) => node.remove()))
    await run('docker', ['network', 'rm', network])
  }
  try {
    for (const [n, name] of names.entries()) {
      nodes.push(await Container.start(nodeOf(name, names, network, n === 0, syncWait)))
    }
  } catch (error) {
    await close()
    throw error
  }
  const [, second] = nodes
  const version = await nodes[0]!.exec(['mariadbd', '--version'])
  return {
    description: `${version}, Galera of three nodes, wsrep_sync_wait ${syncWait}`,
    url: (provider) => `mysql://root:${password}@127.0.0.1:${nodes[provider]!.port}/drill`,
    kill: () => second!.kill(),
    start: () => second!.restart(),
    counted: async () => {
      const [failed, aborted] = await Promise.all([
        countOf('wsrep_local_cert_failures', nodes),
        countOf('wsrep_local_bf_aborts', nodes),
      ])
      return `${failed} writes failed certification, ${aborted} were aborted by a remote write`
    },
    close,
  }
}

/** Resolves with the sum of a status variable over the nodes, since each was started. */
async function countOf(variable: string, nodes: readonly Container[]): Promise<number> {
  const client = ['mariadb', '-h', '127.0.0.1', '-u', 'root', `-p${password}`, '-Ne']
  const counts = await Promise.all(
    nodes.map((node) => node.exec([...client, `SHOW GLOBAL STATUS LIKE '${variable}'`])),
  )
  return counts.reduce((sum, line) => sum + Number(line.split(/\s+/)[1]), 0)
}

function nodeOf(
  name: string,
  names: readonly string[],
  network: string,
  isFirst: boolean,
  syncWait: number,
) {
  return {
    name,
    image,
    environment: { MARIADB_ROOT_PASSWORD: password, MARIADB_DATABASE: 'drill' },
    port: 3306,
    options: ['--network', network],
    command: [
      'mariadbd',
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
      '--wsrep-on=ON',
      '--wsrep-provider=/usr/lib/galera/libgalera_smm.so',
      '--wsrep-sst-method=rsync',
      `--wsrep-sync-wait=${syncWait}`,
      `--wsrep-node-address=${name}`,
      `--wsrep-cluster-address=gcomm://${names.join(',')}`,
      ...(isFirst ? ['--wsrep-new-cluster'] : []),
    ],
    ready: [
      'bash',
      '-c',
      `mariadb -h 127.0.0.1 -u root -p${password} -Ne "SHOW STATUS LIKE 'wsrep_local_state_comment'" drill | grep -q Synced`,
    ],
  }
}

/** Builds an image with MariaDB and Galera, unless it exists. */
async function build(): Promise<void> {
  const isThere = await run('docker', ['image', 'inspect', image]).then(
    () => true,
    () => false,
  )
  if (isThere) return
  const base = process.env.OAUTH2_TEST_MARIADB_IMAGE || 'mariadb:10.11'
  const options = ['--network', 'host', '--build-arg', `IMAGE=${base}`]
  await run('docker', ['build', '-q', ...options, '-t', image, folder])
}
