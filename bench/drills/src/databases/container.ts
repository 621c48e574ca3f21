import { execFile, execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { until } from './until'

const run = promisify(execFile)

/** The names of running containers. They are removed when the harness receives a signal. */
const running = new Set<string>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    if (running.size > 0) execFileSync('docker', ['rm', '-f', '-v', ...running])
    process.kill(process.pid, signal)
  })
}

/** How a database starts in a container. */
export interface Image {
  /** The container's name. @default a random name */
  name?: string
  image: string
  environment?: Record<string, string>
  /** The port inside the container. */
  port: number
  command: string[]
  /** A command inside the container that succeeds once the database answers. */
  ready: string[]
  /** Additional arguments of `docker run`. */
  options?: string[]
}

/**
 * A database in a container that can be killed and started again with its disk, on the same port.
 */
export class Container {
  private constructor(
    readonly name: string,
    /** The port on 127.0.0.1. */
    readonly port: number,
    private readonly ready: string[],
  ) {}

  static async start({ name: fixed, image, environment, port, command, ready, options }: Image) {
    const outside = await freePort()
    const name = fixed ?? `drills-${randomBytes(6).toString('hex')}`
    running.add(name)
    const variables = Object.entries(environment ?? {}).flatMap((pair) => ['-e', pair.join('=')])
    const ports = ['-p', `127.0.0.1:${outside}:${port}`]
    await run('docker', [
      'run',
      '-d',
      '--name',
      name,
      ...ports,
      ...variables,
      ...(options ?? []),
      image,
      ...command,
    ])
    const container = new Container(name, outside, ready)
    await container.answering().catch(async (error: unknown) => {
      await container.remove()
      throw error
    })
    return container
  }

  /** Sends a signal to the container's main process. The default, KILL, simulates a power loss. */
  async kill(signal = 'KILL'): Promise<void> {
    await run('docker', ['kill', '-s', signal, this.name])
  }

  /** Freezes all processes in the container. Their connections stay open. */
  async freeze(): Promise<void> {
    await run('docker', ['pause', this.name])
  }

  async thaw(): Promise<void> {
    await run('docker', ['unpause', this.name])
  }

  /** Resolves when the container has stopped. */
  async ended(): Promise<void> {
    await run('docker', ['wait', this.name])
  }

  /** Starts the container again and resolves once the database answers. */
  async restart(): Promise<void> {
    await run('docker', ['start', this.name])
    await this.answering()
  }

  /** Runs a command inside the container and resolves with its output. */
  async exec(command: string[], options: string[] = []): Promise<string> {
    const { stdout } = await run('docker', ['exec', ...options, this.name, ...command])
    return stdout.trim()
  }

  async remove(): Promise<void> {
    await run('docker', ['rm', '-f', '-v', this.name])
    running.delete(this.name)
  }

  private answering(): Promise<void> {
    return until(`${this.name} to answer`, () => this.exec(this.ready).then(() => true))
  }
}

/** Resolves with a free port below the range that systems use for outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(randomInt(20_000, 32_000), '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
