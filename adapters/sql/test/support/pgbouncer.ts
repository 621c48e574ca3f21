import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** PgBouncer in transaction mode before a database, on a socket in a folder. */
export interface PgBouncer {
  /** The folder, which is what clients call the host. */
  host: string
  port: number
  stop(): Promise<void>
}

/** Returns whether PgBouncer is installed. */
export function hasPgBouncer(): boolean {
  return spawnSync('pgbouncer', ['--version'], { env: environment }).status === 0
}

// Debian installs it for administrators only.
const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }
const port = 6432
/** An account without rights: PgBouncer refuses to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Starts PgBouncer with two connections to the database of that URL. */
export async function startPgBouncer(url: string): Promise<PgBouncer> {
  const host = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-pgbouncer-'))
  chmodSync(host, 0o777)
  const { hostname, port: at, username, password, pathname } = new URL(url)
  const lines = [
    '[databases]',
    `oauth = host=${hostname} port=${at} dbname=${pathname.slice(1)} user=${username} password=${password}`,
    '[pgbouncer]',
    `listen_port = ${port}`,
    `unix_socket_dir = ${host}`,
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 2',
  ]
  const file = path.join(host, 'pgbouncer.ini')
  writeFileSync(file, lines.join('\n'))
  const child = spawn('pgbouncer', [file], { env: environment, ...nobody, stdio: 'pipe' })
  await up(child)
  return {
    host,
    port,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
      rmSync(host, { recursive: true, force: true })
    },
  }
}

/** Resolves once it accepts connections. */
function up(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`PgBouncer ended: ${output}`)))
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (text) => {
        output += String(text)
        if (output.includes('process up')) resolve()
      })
    }
  })
}
