import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Running, root } from '../../../test/support/programs'

const modules = path.join(root, 'node_modules')
const main = path.join(root, 'cli/dist/main.js')

/** The issuer of every provider here, whatever port it listens on. */
export const issuer = 'http://localhost:3000'
export const redirectUri = 'http://127.0.0.1:4000/callback'
export const user = { username: 'ada', password: 'a long password' }

/** The fields of a `package.json` that the tests read. */
export interface Manifest {
  name: string
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

/** A provider written by `oauth2-kit init`, with the packages of this workspace installed. */
export class WrittenProvider implements Disposable {
  readonly folder: string
  private readonly parent = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-written-'))

  constructor(...options: string[]) {
    this.folder = path.join(this.parent, 'provider')
    run(process.execPath, [main, 'init', 'provider', ...options], { cwd: this.parent })
    symlinkSync(modules, this.modules)
  }

  /**
   * Leaves only the dependencies, as `npm install --omit=dev` does. Each finds its own ones in the
   * workspace.
   */
  installForProduction(): void {
    unlinkSync(this.modules)
    for (const name of Object.keys(this.manifest.dependencies)) {
      const link = path.join(this.modules, name)
      mkdirSync(path.dirname(link), { recursive: true })
      symlinkSync(path.join(modules, name), link)
    }
  }

  private get modules(): string {
    return path.join(this.folder, 'node_modules')
  }

  get manifest(): Manifest {
    return JSON.parse(this.read('package.json')) as Manifest
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8')
  }

  write(file: string, text: string): void {
    const target = path.join(this.folder, file)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, text)
  }

  /** Runs `npm run SCRIPT`. */
  npm(script: string, environment: Record<string, string>): void {
    // `prisma generate` downloads an engine that it does not use, unless this names any file.
    const PRISMA_SCHEMA_ENGINE_BINARY = process.execPath
    const env = { PRISMA_SCHEMA_ENGINE_BINARY, CHECKPOINT_DISABLE: '1', ...environment }
    run('npm', ['run', script], { cwd: this.folder, env })
  }

  /** Runs `npm run migrate`, at the same time as others. */
  async migrate(environment: Record<string, string>): Promise<{ code: number; output: string }> {
    const env = { ...process.env, ...environment }
    const args = ['run', '--silent', 'migrate']
    const child = spawn('npm', args, { cwd: this.folder, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => (output += String(text)))
    }
    const [code] = (await once(child, 'close')) as [number]
    return { code, output }
  }

  /** Runs `npx oauth2-kit ... --store dist/store.js --json`, and returns its output. */
  kit(args: string[], environment: Record<string, string>, input = ''): Record<string, unknown> {
    const argv = [main, ...args, '--store', 'dist/store.js', '--json']
    const stdout = run(process.execPath, argv, { cwd: this.folder, env: environment, input })
    return JSON.parse(stdout) as Record<string, unknown>
  }

  /** Starts what `npm start` runs, on a free port. */
  start(environment: Record<string, string>): Running {
    const [, file = ''] = /^node (\S+)$/.exec(this.manifest.scripts['start'] ?? '') ?? []
    return new Running(file, this.folder, { ISSUER: issuer, ...environment })
  }

  [Symbol.dispose](): void {
    rmSync(this.parent, { recursive: true })
  }
}

interface Around {
  cwd: string
  env?: Record<string, string>
  input?: string
}

/** Runs a program that must succeed, and returns what it printed. */
function run(file: string, args: string[], { cwd, env, input }: Around): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (status === 0) return stdout
  throw new Error(`${path.basename(file)} ${args.join(' ')} failed: ${stdout}${stderr}`, {
    cause: error,
  })
}
