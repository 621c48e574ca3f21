import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Look, Order } from './inside'

const root = path.dirname(require.resolve('@oauth2-kit/example-provider/package.json'))
const program = path.join(root, 'dist/main.js')
const inside = path.join(__dirname, 'inside.js')

/** The time limit for starting a provider on a busy machine, in milliseconds. */
const startTimeoutMs = 60_000
/** How many times it is started if its database is not ready. */
const attempts = 4

/**
 * Generates the client and creates the tables for `STORE=prisma`, as a deployment does. The other
 * stores create their own tables.
 */
export async function makeTables(environment: Record<string, string>): Promise<void> {
  await promisify(execFile)(process.execPath, [path.join(root, 'prisma/prepare.cjs')], {
    env: { ...process.env, ...environment },
  })
}

/** The example provider in its own process, which can be killed and started again. */
export class Provider {
  /** The exit code or signal and the last output, if the process exited by itself. */
  crash: string | null = null
  /** When it was not running, in milliseconds since the epoch. */
  readonly absences: { from: number; to: number }[] = []
  private child!: ChildProcess
  private output = ''
  private port = 0
  private wanted = false

  private constructor(private readonly environment: Record<string, string>) {}

  static async start(environment: Record<string, string>): Promise<Provider> {
    const provider = new Provider(environment)
    await provider.start()
    return provider
  }

  get origin(): string {
    return `http://localhost:${this.port}`
  }

  get pid(): number {
    return this.child.pid!
  }

  /**
   * Starts it on the same port as before. Like a supervisor, it tries again if the process exits at
   * once.
   */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.tryStart()
        return
      } catch (error) {
        if (attempt === attempts) throw error
      }
    }
  }

  private async tryStart(): Promise<void> {
    const { PATH = '' } = process.env
    this.output = ''
    this.wanted = true
    let isUp = false
    const child = spawn(process.execPath, ['--expose-gc', '--require', inside, program], {
      env: {
        PATH,
        NODE_ENV: 'production',
        RATE_LIMIT: 'off',
        REMEMBER_CONSENT: 'off',
        PORT: String(this.port),
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => (this.output = (this.output + text).slice(-20_000)))
    }
    child.once('exit', (code, signal) => {
      if (this.wanted && isUp) this.crash ??= `${code ?? signal}: ${this.output.slice(-2000)}`
    })
    this.port = await this.listening(child)
    isUp = true
    const absence = this.absences.at(-1)
    if (absence) absence.to = Date.now()
  }

  /** Simulates a power loss. */
  async kill(): Promise<void> {
    this.absences.push({ from: Date.now(), to: Infinity })
    await this.end('SIGKILL')
  }

  /** Stops it as an operator does, and resolves with its exit code. */
  async stop(): Promise<number | null> {
    const last = setTimeout(() => this.child.kill('SIGKILL'), 10_000)
    const code = await this.end('SIGTERM')
    clearTimeout(last)
    return code
  }

  /** Sets its clock ahead by this many milliseconds. */
  async step(ms: number): Promise<void> {
    await this.send({ order: 'step', ms })
  }

  /** Resolves with its resources after a garbage collection. */
  async look(): Promise<Look> {
    return (await this.send({ order: 'look' })) as Look
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    this.wanted = false
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    const ended = once(this.child, 'exit')
    this.child.kill(signal)
    const [code] = (await ended) as [number | null]
    return code
  }

  private async send(order: Order): Promise<unknown> {
    const answer = once(this.child, 'message')
    this.child.send(order)
    const [message] = (await answer) as [unknown]
    return message
  }

  private listening(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`The provider did not start:\n${this.output}`))
      const late = setTimeout(fail, startTimeoutMs)
      child.once('exit', fail)
      const look = () => {
        const [, port] = /^Listening on \S+:(\d+)$/m.exec(this.output) ?? []
        if (port === undefined) return
        clearTimeout(late)
        child.off('exit', fail)
        child.stdout?.off('data', look)
        resolve(Number(port))
      }
      child.stdout?.on('data', look)
    })
  }
}
