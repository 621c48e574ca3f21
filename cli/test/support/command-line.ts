import { PassThrough } from 'node:stream'
import type { Store } from '@oauth2-kit/core'
import { run } from '../../src/run'
import { catchSignals } from '../../src/signals'

/** The environment in which a command line runs. */
export interface Around {
  /** What the module that `--store` names exports. */
  store?: Store
  stdin?: PassThrough
  stderr?: PassThrough
  input?: string
  env?: Record<string, string>
  cwd?: string
  start?: (file: string, args: readonly string[]) => Promise<number>
}

/** The result of a command line. */
export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command line in this process, with `--store` if there is a store. */
export async function command(
  argv: readonly string[],
  {
    store,
    input = '',
    stdin = streamOf(input),
    stderr = new PassThrough(),
    env = {},
    cwd = __dirname,
    start,
  }: Around = {},
): Promise<Ended> {
  const stdout = new PassThrough()
  const code = await run(store ? [...argv, '--store', __filename] : argv, {
    stdin,
    stdout,
    stderr,
    env,
    cwd,
    catchSignals,
    load: async () => ({ default: store && withoutClose(store) }),
    start: start ?? (() => Promise.reject(new Error('Nothing is started here'))),
  })
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) }
}

/** Runs a command line that must succeed, and returns what `--json` prints. */
export async function json<T = Record<string, unknown>>(
  argv: readonly string[],
  around: Around,
): Promise<T> {
  const { code, stdout, stderr } = await command([...argv, '--json'], around)
  if (code !== 0 || stderr !== '') throw new Error(`${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

function textOf(stream: PassThrough): string {
  const bytes = stream.read() as Buffer | null
  return bytes?.toString('utf8') ?? ''
}

/** Removes `close`, because several command lines share one store. */
function withoutClose(store: Store): Store {
  return { ...store, close: undefined } as Store
}

function streamOf(text: string): PassThrough {
  const stream = new PassThrough()
  stream.end(text)
  return stream
}
