import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Failure } from '../expect'
import type { Context, Processes } from '../types'
import type { Call, Order, Outcome, Reply } from './messages'

/** Child processes with one store each, over the same namespace. */
export class Fleet {
  private constructor(private readonly children: readonly ChildProcess[]) {}

  /** Starts `count` processes, each with its own store. */
  static async start(
    count: number,
    given: string | Processes,
    context: Context,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Fleet> {
    const { module, execArgv, ...rest } = typeof given === 'string' ? { module: given } : given
    const children = Array.from({ length: count }, () =>
      fork(require.resolve('./child'), {
        ...(execArgv && { execArgv }),
        env: { ...process.env, ...environment },
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      }),
    )
    const fleet = new Fleet(children)
    try {
      const { namespace, url, natMap } = context
      await fleet.all((n) => ({
        order: 'open',
        module,
        export: rest.export,
        // Far from the instance numbers of this process.
        context: { namespace, url, natMap, instance: 100 + n },
      }))
      return fleet
    } catch (error) {
      await fleet.end()
      throw error
    }
  }

  get size(): number {
    return this.children.length
  }

  /**
   * Runs one list of calls per process, all at the same moment. Resolves with the outcomes in the
   * order of the calls.
   */
  async call(calls: readonly (readonly Call[])[]): Promise<Outcome[]> {
    await this.all((n) => ({ order: 'prepare', calls: calls[n] ?? [] }))
    const replies = await this.all(() => ({ order: 'go' }))
    return replies.flatMap((reply) => ('outcomes' in reply ? reply.outcomes : []))
  }

  /** Ends every process, and kills those that don't end by themselves. */
  async end(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = once(child, 'exit')
        const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
        if (child.connected) child.send({ order: 'end' } satisfies Order)
        await ended
        clearTimeout(timer)
      }),
    )
  }

  private all(orderOf: (n: number) => Order): Promise<Reply[]> {
    return Promise.all(this.children.map((child, n) => ask(child, orderOf(n))))
  }
}

/** Returns the line of a process's stderr that names the error, with a fix if one is known. */
function complaintOf(child: ChildProcess): string {
  const said = String(child.stderr?.read() ?? '')
  const line = said.split('\n').find((one) => /Error/.test(one)) ?? said.trim()
  const fix = line.includes('ERR_UNKNOWN_FILE_EXTENSION')
    ? '. A TypeScript module needs a loader: processes: { module, execArgv: ["--import", "tsx"] }'
    : ''
  return `${line}${fix}`
}

async function ask(child: ChildProcess, order: Order): Promise<Reply> {
  const reply = new Promise<Reply>((resolve, reject) => {
    const ended = (code: number | null) =>
      reject(
        new Failure(
          `A child process with a store ended with ${code ?? 'a signal'}: ${complaintOf(child)}`,
        ),
      )
    // Unlike 'exit', 'close' comes after the output was read.
    child.once('close', ended)
    child.once('message', (message) => {
      child.off('close', ended)
      resolve(message as Reply)
    })
  })
  child.send(order)
  const answer = await reply
  if ('failed' in answer) throw new Failure(`A child process with a store failed: ${answer.failed}`)
  return answer
}
