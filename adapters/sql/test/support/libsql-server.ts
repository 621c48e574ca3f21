import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../../test/support/free-port'

/** A libSQL server of its own, with its data in a folder. */
export interface LibsqlServer {
  url: string
  stop(): Promise<void>
}

/** Milliseconds that a busy machine may take to start it. */
const patience = 60_000

/** Returns the path of the program, which is a package for some systems, or null. */
export function libsqlProgram(): string | null {
  try {
    return require.resolve(`@sqld/${process.platform}-${process.arch}/sqld`)
  } catch {
    return null
  }
}

/** Returns whether the URL is that of a libSQL server. */
export function isServer(url: string): boolean {
  return url.startsWith('http:')
}

/** Starts a libSQL server. */
export async function startLibsqlServer(): Promise<LibsqlServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-libsql-server-'))
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(
    libsqlProgram()!,
    ['--no-welcome', '--db-path', path.join(folder, 'data'), '--http-listen-addr', address],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const url = `http://${address}`
  await up(child, url)
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once it answers. */
async function up(child: ChildProcess, url: string): Promise<void> {
  let output = ''
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  child.once('exit', () => (failure = new Error(`The libSQL server ended: ${output}`)))
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (text) => (output += String(text)))
  const end = Date.now() + patience
  while (!(await answers(url))) {
    if (failure) throw failure
    if (Date.now() > end) throw new Error(`The libSQL server does not answer: ${output}`)
    await pause(20)
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) }).catch(
    () => null,
  )
  return response?.ok ?? false
}
