import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { run } from './run'

// Whoever reads may have had enough: `| head`.
process.stdout.on('error', () => process.exit(1))

/** Runs a program in the place of this one. */
async function start(file: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number | null]
  // Without a code it was ended by a signal.
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
    load: async (file) => (await import(pathToFileURL(file).href)) as Record<string, unknown>,
  })
  // A store's connections, which only its module knows, would keep the process alive.
  process.stdout.write('', () => process.exit(code))
}

void main()
