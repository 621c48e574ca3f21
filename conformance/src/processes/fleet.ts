import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Failure } from '../expect'
import type { Limits } from '../guard/limits'
import { afterTicks } from '../guard/ticks'
import type { Context, Processes } from '../types'
import type { Call, ModelCall, Order, Outcome, Reply } from './messages'

/** The limit of starting a process with its store, in milliseconds. */
const longestStartMs = 60_000
/** How much longer the suite waits for a process than the calls in it may take. */
const slackMs = 10_000
const keptOutput = 16_384

/** A child process, and the end of what it has written to stderr. */
interface Member {
  readonly child: ChildProcess
  output: string
}

/** Child processes with one store each, over the same namespace. */
export class Fleet {
  private readonly members: readonly Member[]

  private constructor(
    count: number,
    private readonly given: Processes,
    private readonly limits: Limits,
    environment: NodeJS.ProcessEnv,
  ) {
    const { execArgv } = given
    this.members = Array.from({ length: count }, () =>
      memberOf(
        fork(require.resolve('./child'), {
          ...(execArgv && { execArgv }),
          env: { ...process.env, ...environment },
          serialization: 'advanced',
          stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        }),
      ),
    )
  }

  /** Starts `count` processes, which have no store before `open`. */
  static start(
    count: number,
    given: string | Processes,
    limits: Limits,
    environment: NodeJS.ProcessEnv = {},
  ): Fleet {
    const processes = typeof given === 'string' ? { module: given } : given
    return new Fleet(count, processes, limits, environment)
  }

  /** Opens a store in each process. Ends the processes if that fails. */
  async open({ namespace, url, natMap }: Context): Promise<void> {
    const { module, export: name } = this.given
    const what = 'create() in a child process'
    try {
      const opened = this.all(longestStartMs + slackMs, (n) => ({
        order: 'open',
        module,
        export: name,
        // Far from the instance numbers of this process.
        context: { namespace, url, natMap, instance: 100 + n },
      }))
      await this.limits.within(what, this.limits.of(what, longestStartMs), opened)
    } catch (error) {
      this.kill()
      throw error
    }
  }

  get size(): number {
    return this.members.length
  }

  /** Whether a process has ended, so that the fleet can't be used any more. */
  get isBroken(): boolean {
    return this.members.some(({ child }) => hasEnded(child) || !child.connected)
  }

  /**
   * Runs one list of calls per process, all at the same moment. Resolves with the outcomes in the
   * order of the calls.
   */
  async call(calls: readonly (readonly (Call | ModelCall)[])[]): Promise<Outcome[]> {
    const limits = this.members.map((_, n) =>
      (calls[n] ?? []).map(({ method }) => this.limits.of(method, this.limits.usualOf(method))),
    )
    const longestLookUp = Math.max(
      0,
      ...calls.flat().map((call) => ('found' in call ? this.limits.usualOf(call.found.method) : 0)),
    )
    await this.all(longestLookUp + slackMs, (n) => ({
      order: 'prepare',
      calls: calls[n] ?? [],
      limits: limits[n]!,
    }))
    const longest = Math.max(0, ...limits.flat())
    const replies = await this.all(longest + slackMs, () => ({ order: 'go' }))
    const outcomes = replies.flatMap((reply) => ('outcomes' in reply ? reply.outcomes : []))
    for (const [n, { method }] of calls.flat().entries()) {
      const outcome = outcomes[n]
      if (outcome && 'hung' in outcome) this.limits.late(method, limits.flat()[n]!)
    }
    return outcomes
  }

  /** Ends every process, and kills those that don't end by themselves. */
  async end(): Promise<void> {
    await Promise.all(
      this.members.map(async ({ child }) => {
        if (hasEnded(child)) return
        const ended = once(child, 'exit')
        const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
        if (child.connected) child.send({ order: 'end' } satisfies Order, () => {})
        else child.kill('SIGKILL')
        await ended
        clearTimeout(timer)
      }),
    )
  }

  /** Ends every process at once. */
  kill(): void {
    for (const { child } of this.members) child.kill('SIGKILL')
  }

  private all(milliseconds: number, orderOf: (n: number) => Order): Promise<Reply[]> {
    return Promise.all(this.members.map((member, n) => ask(member, orderOf(n), milliseconds)))
  }
}

function memberOf(child: ChildProcess): Member {
  const member: Member = { child, output: '' }
  // Always read: a process that writes to a full pipe would stand still.
  child.stderr?.on('data', (chunk) => {
    member.output = `${member.output}${String(chunk)}`.slice(-keptOutput)
  })
  // What can't be sent is reported by the callback of `send`.
  child.on('error', () => {})
  return member
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Returns the line of a process's stderr that names the error, with a fix if one is known. */
function complaintOf({ output }: Member): string {
  const line = output.split('\n').find((one) => /Error/.test(one)) ?? output.trim()
  const fix = line.includes('ERR_UNKNOWN_FILE_EXTENSION')
    ? '. A TypeScript module needs a loader: processes: { module, execArgv: ["--import", "tsx"] }'
    : ''
  return `${line}${fix}`
}

/** Sends an order, and resolves with the reply. Kills the process if it doesn't reply in time. */
async function ask(member: Member, order: Order, milliseconds: number): Promise<Reply> {
  const { child } = member
  let release: (() => void) | undefined
  const reply = new Promise<Reply>((resolve, reject) => {
    const fail = (text: string) => reject(new Failure(`A child process with a store ${text}`))
    const ended = (code: number | null) =>
      fail(`ended with ${code ?? 'a signal'}: ${complaintOf(member)}`)
    const message = (given: unknown) => resolve(given as Reply)
    const cancel = afterTicks(milliseconds, () => {
      child.kill('SIGKILL')
      fail(`did not answer within ${milliseconds} ms, a limit of the suite`)
    })
    release = () => {
      cancel()
      child.off('close', ended)
      child.off('message', message)
    }
    // Unlike 'exit', 'close' comes after the output was read.
    child.once('close', ended)
    child.once('message', message)
    // A process that has just ended is reported by 'close', with its output.
    if (hasEnded(child) && !child.connected) fail(`has ended: ${complaintOf(member)}`)
    else child.send(order, (error) => error && !child.pid && fail(`can't start: ${error.message}`))
  })
  try {
    const answer = await reply
    if ('failed' in answer)
      throw new Failure(`A child process with a store failed: ${answer.failed}`)
    return answer
  } finally {
    release?.()
  }
}
