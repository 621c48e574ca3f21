import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import path from 'node:path'

const script = path.resolve(__dirname, '../../../../scripts/stack.js')

/** The stacks by name. */
export type StackName = 'prisma-postgres' | 'typeorm-mariadb' | 'mongo' | 'redis' | 'redis-cluster'

/** A stack whose ports, containers and data nobody else has; it keeps them over a restart. */
export class Stack implements AsyncDisposable {
  /** What it has printed so far. */
  output = ''
  private child: ChildProcess | undefined
  private closed: Promise<number | null> | undefined

  private constructor(
    private readonly name: StackName,
    private readonly environment: Record<string, string>,
  ) {}

  /** Starts it with nothing in its database. */
  static async start(name: StackName): Promise<Stack> {
    const variables = ['PROVIDER', 'API', 'CLIENT', 'REDIS_1', 'REDIS_2', 'REDIS_3']
    const ports = await freePorts(variables.length)
    const stack = new Stack(name, {
      ...(process.env as Record<string, string>),
      COMPOSE_PROJECT_NAME: `oauth2-kit-test-${randomBytes(6).toString('hex')}`,
      // Generating needs no engine, but looks for one, and would download it: any file will do.
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

  /** Where the provider, the API or the client application is. */
  url(service: 'provider' | 'api' | 'client'): string {
    const [, url] = new RegExp(`^  ${service} +(http\\S+)$`, 'm').exec(this.output) ?? []
    if (!url) throw new Error(`The stack has not said where its ${service} is:\n${this.output}`)
    return url
  }

  /** Tells it to stop and, once it has, starts it again. Gives the exit code of before. */
  async restart(): Promise<number | null> {
    const code = await this.stop()
    await this.start()
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    this.spawn('--reset')
    await this.closed
  }

  private async start(): Promise<void> {
    this.output = ''
    const child = this.spawn()
    await new Promise<void>((resolve, reject) => {
      const said = `${this.name} is ready.`
      child.stdout?.on('data', () => this.output.includes(said) && resolve())
      child.once('close', () => reject(new Error(`The stack did not start:\n${this.output}`)))
    })
    // The lines after that one come with it, or just after.
    while (!this.output.includes('Ctrl-C')) {
      // oxlint-disable-next-line no-await-in-loop -- until it has said all
      await new Promise((resolve) => child.stdout?.once('data', resolve))
    }
  }

  private async stop(): Promise<number | null> {
    this.child?.kill('SIGTERM')
    return (await this.closed) ?? null
  }

  private spawn(...more: string[]): ChildProcess {
    const child = spawn(process.execPath, [script, this.name, ...more], { env: this.environment })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => (this.output += text))
    }
    this.closed = new Promise((resolve) => child.once('close', resolve))
    this.child = child
    return child
  }
}

/** Ports out of those that the system itself gives nobody: nobody takes them while the stack restarts. */
async function freePorts(count: number): Promise<number[]> {
  const free = new Set<number>()
  while (free.size < count) {
    const port = randomInt(12_000, 32_000)
    // oxlint-disable-next-line no-await-in-loop -- until there are enough
    if (await isFree(port)) free.add(port)
  }
  return [...free]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
