import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { freePort } from '../../../../test/support/free-port'

const script = path.resolve(__dirname, '../../../../scripts/stack.js')

/** The stacks by name. */
export type StackName =
  | 'sql-postgres'
  | 'prisma-postgres'
  | 'typeorm-mariadb'
  | 'mongo'
  | 'redis'
  | 'redis-cluster'

interface Run {
  readonly child: ChildProcess
  /** The exit code. */
  readonly closed: Promise<number | null>
  /** What it has printed so far. */
  output: string
}

/** A stack with separate ports, containers and data. It keeps them across a restart. */
export class Stack implements AsyncDisposable {
  private run: Run | undefined

  private constructor(
    private readonly name: StackName,
    private readonly environment: Record<string, string>,
  ) {}

  /** Starts it with an empty database. */
  static async start(name: StackName): Promise<Stack> {
    const variables = ['PROVIDER', 'API', 'CLIENT', 'REDIS_1', 'REDIS_2', 'REDIS_3']
    const ports = await freePorts(variables.length)
    const stack = new Stack(name, {
      ...(process.env as Record<string, string>),
      COMPOSE_PROJECT_NAME: `oauth2-kit-test-${randomBytes(6).toString('hex')}`,
      // Asks for consent in each test, whatever another one has allowed.
      REMEMBER_CONSENT: 'off',
      // `prisma generate` downloads an engine that it does not use, unless this names any file.
      PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
      ...Object.fromEntries(
        variables.map((one, i) => {
          const [service, number] = one.split('_')
          return [[service, 'PORT', number].filter(Boolean).join('_'), String(ports[i])]
        }),
      ),
    })
    try {
      await stack.start()
      return stack
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The URL of the provider, the API or the client application. */
  url(service: 'provider' | 'api' | 'client'): string {
    const [, url] = new RegExp(`^  ${service} +(http\\S+)$`, 'm').exec(this.output) ?? []
    if (!url) throw new Error(`The stack has not said where its ${service} is:\n${this.output}`)
    return url
  }

  /** The password that it names for the user `demo`. */
  get password(): string | undefined {
    return /sign in as demo with the password (\S+)\.$/m.exec(this.output)?.[1]
  }

  /** Stops it, and starts it again. Returns the exit code of the first run. */
  async restart(): Promise<number | null> {
    const code = await this.stop()
    await this.start()
    return code
  }

  /** Starts it a second time while it runs. Returns the output of the second run. */
  async startAgain(): Promise<string> {
    const second = this.spawn()
    await second.closed
    return second.output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.spawn('--reset').closed
  }

  private async start(): Promise<void> {
    this.run = this.spawn()
    const { child, closed } = this.run
    const ended = closed.then(() => Promise.reject(new Error(`It did not start:\n${this.output}`)))
    // The last line that it prints once everything has started.
    while (!this.output.includes('Ctrl-C stops it')) {
      const more = new Promise((resolve) => child.stdout?.once('data', resolve))
      await Promise.race([more, ended])
    }
    ended.catch(() => {})
  }

  private async stop(): Promise<number | null> {
    this.run?.child.kill('SIGTERM')
    return (await this.run?.closed) ?? null
  }

  private get output(): string {
    return this.run?.output ?? ''
  }

  private spawn(...more: string[]): Run {
    const child = spawn(process.execPath, [script, this.name, ...more], { env: this.environment })
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
    const run = { child, closed, output: '' }
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => (run.output += text))
    }
    return run
  }
}

/** Returns ports that the system assigns to no process, so they stay free during a restart. */
async function freePorts(count: number): Promise<number[]> {
  const free = new Set<number>()
  while (free.size < count) free.add(await freePort())
  return [...free]
}
