import { execFile, execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { until } from './until'

const run = promisify(execFile)

/** The names of those that run: none stays behind when the harness is told to stop. */
const running = new Set<string>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    if (running.size > 0) execFileSync('docker', ['rm', '-f', '-v', ...running])
    process.kill(process.pid, signal)
  })
}

/** How a database starts in a container. */
export interface Image {
  /** Its name. @default any */
  name?: string
  image: string
  environment?: Record<string, string>
  /** Where it listens inside. */
  port: number
  command: string[]
  /** A command inside that succeeds once the database answers. */
  ready: string[]
  /** Arguments of `docker run` beside. */
  options?: string[]
}

/**
 * A database in a container that can be killed and started again with what is on its disk, on the same
 * port.
 */
export class Container {
  private constructor(
    readonly name: string,
    /** On 127.0.0.1. */
    readonly port: number,
    private readonly ready: string[],
  ) {}

  static async start({ name: given, image, environment, port, command, ready, options }: Image) {
    const outside = await freePort()
    const name = given ?? `drills-${randomBytes(6).toString('hex')}`
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

  /** Sends every process in it a signal; the default is the end of its power. */
  async kill(signal = 'KILL'): Promise<void> {
    await run('docker', ['kill', '-s', signal, this.name])
  }

  /** Lets every process in it stand still, its connections stay open. */
  async freeze(): Promise<void> {
    await run('docker', ['pause', this.name])
  }

  async thaw(): Promise<void> {
    await run('docker', ['unpause', this.name])
  }

  /** Until it has ended. */
  async ended(): Promise<void> {
    await run('docker', ['wait', this.name])
  }

  /** Starts it again: resolves once it answers. */
  async restart(): Promise<void> {
    await run('docker', ['start', this.name])
    await this.answering()
  }

  /** Runs a command inside, and gives what it printed. */
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

/** Below the range from which systems take the ports of outgoing connections. */
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
