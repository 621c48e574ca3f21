import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { failureOf, run } from './run'
import { catchSignals } from './signals'

// The reader may close the pipe early, as `| head` does.
process.stdout.on('error', () => process.exit(1))

// The store's module may throw outside of any call, such as in an event listener.
process.on('uncaughtException', (error) => {
  const { code, message } = failureOf(error)
  // The place of another error helps to find it.
  const shown = code === 1 ? inspect(error) : message
  process.stderr.write(`oauth2-kit: ${shown}\n`, () => process.exit(code))
})

/** Runs a program instead of this one and resolves with its exit code. */
async function start(file: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number | null]
  // Without a code, a signal ended it.
  return code ?? 1
}

async function main(): Promise<void> {
  const code = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    start,
    catchSignals,
    load: async (file) => (await import(pathToFileURL(file).href)) as Record<string, unknown>,
  })
  // The store's connections would keep the process alive, and only its module can close them.
  process.stdout.write('', () => process.exit(code))
}

void main()
