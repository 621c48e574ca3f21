import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { transformSync } from '@swc/core'

export const root = path.resolve(__dirname, '../..')

/** A code block of a document that names a file after its language. */
export interface Program {
  document: string
  name: string
  code: string
}

/** Returns every program of a document. */
export function programsOf(document: string): Program[] {
  const text = readFileSync(path.join(root, document), 'utf8')
  return [...text.matchAll(/^```(?:ts|js) (\S+)\n(.*?)^```$/gms)].map(
    ([, name = '', code = '']) => ({
      document,
      name,
      code,
    }),
  )
}

/** Returns the curl commands of a document, in order, without those that its programs print. */
export function curlsOf(document: string): string[] {
  const text = readFileSync(path.join(root, document), 'utf8')
  return [...text.matchAll(/(?<=^|`)(?:for .*)?\bcurl [^`\n]*/gm)]
    .map(([command]) => command)
    .filter((command) => !command.includes('${'))
}

/** Creates a folder where programs find the workspace's packages. It is deleted on disposal. */
export function programFolder(): { folder: string } & Disposable {
  const parent = path.join(root, 'node_modules/.cache')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(path.join(parent, 'programs-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/**
 * Writes a program as JavaScript that Node can run, and returns its path. Increases its timeouts
 * for a busy machine.
 */
export function writeProgram({ name, code: written }: Program, folder: string): string {
  const code = written.replaceAll(/(timeout\w*: )\d+/gi, (_, option: string) => `${option}60_000`)
  if (!name.endsWith('ts')) return write(path.join(folder, name), code)
  const script = transformSync(code, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: name.endsWith('.mts') ? 'es6' : 'commonjs' },
  }).code
  return write(path.join(folder, name.replace(/ts$/, 'js')), script)
}

/** A running program. It listens on a free port instead of the one that it names. */
export class Running implements AsyncDisposable {
  output = ''
  private readonly child: ChildProcess
  private readonly exit: Promise<number | null>

  constructor(file: string, folder: string, environment: Record<string, string> = {}) {
    const preload = path.join(__dirname, 'listen-anywhere.cjs')
    const env = { ...process.env, ...environment }
    this.child = spawn(process.execPath, ['--require', preload, file], { cwd: folder, env })
    this.child.stdout?.on('data', (text) => (this.output += text))
    this.child.stderr?.on('data', (text) => (this.output += text))
    this.exit = new Promise((resolve) => this.child.once('close', resolve))
  }

  /** Waits until the output matches. Rejects if the program ends first. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output)
      if (found) return found
      const more = new Promise((resolve) => this.child.stdout?.once('data', () => resolve('more')))
      if ((await Promise.race([more, this.exit])) !== 'more') {
        throw new Error(`The program ended, and printed:\n${this.output}`)
      }
    }
  }

  /** The URL at which the program listens. */
  async url(): Promise<string> {
    const [, port] = await this.printed(/^port (\d+)$/m)
    return `http://127.0.0.1:${port}`
  }

  /**
   * Runs a curl command of a document or of the program, with these values in the place of words such
   * as TOKEN, and resolves with its output.
   */
  async curl(command: string, values: Record<string, string> = {}): Promise<string> {
    const { host } = new URL(await this.url())
    const filled = Object.entries({ ...values, 'localhost:3000': host }).reduce(
      (text, [word, value]) => text.replaceAll(word, value),
      command,
    )
    const { stdout } = await promisify(execFile)('sh', ['-c', filled])
    return stdout
  }

  /** Runs the curl command that the program prints, and resolves with the token that it gets. */
  async token(): Promise<string> {
    const [command] = await this.printed(/^curl .*$/m)
    return tokenOf(await this.curl(command))
  }

  /** Waits for the program to end by itself. */
  ended(): Promise<number | null> {
    return this.exit
  }

  /** Asks the program to end, and waits until it has. */
  stop(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return this.exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exit
  }
}

/** Returns the access token of a response of the token endpoint. */
export function tokenOf(response: string): string {
  return (JSON.parse(response) as { access_token: string }).access_token
}

function write(file: string, text: string): string {
  writeFileSync(file, text)
  return file
}
