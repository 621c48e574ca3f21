import { spawn } from 'node:child_process'
import path from 'node:path'
import { command } from '../../src/cli/command'

const hook = path.resolve(__dirname, '../../../test/support/typescript.cjs')
const fixtures = path.resolve(__dirname, '../fixtures')
const main = path.resolve(__dirname, '../../src/cli/main.ts')

/** Arguments that let a Node process load the TypeScript sources. */
export const execArgv = ['--require', hook]

/** The exit code and output of a program. */
export interface Ended {
  code: number | null
  out: string
  err: string
}

/** Runs the command in this process, with the fixtures as its working directory. */
export async function conformance(args: string[]): Promise<Ended> {
  let [out, err] = ['', '']
  const before = process.cwd()
  process.chdir(fixtures)
  try {
    const code = await command(args, {
      out: (text) => (out += text),
      err: (text) => (err += text),
    })
    return { code, out, err }
  } finally {
    process.chdir(before)
  }
}

/** Runs the command in a separate process. */
export function program(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return run(process.execPath, [...execArgv, main, ...args], environment)
}

/** Runs a program, and waits until it ends. */
export function run(
  program: string,
  args: string[],
  environment: NodeJS.ProcessEnv = {},
  cwd = fixtures,
): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment }
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
