import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Entry, readLog } from '../log'
import { type Account, type Change, demo } from './account'
import type { Order } from './worker'

/** The load of all processes together. */
export interface Load {
  processes: number
  /** Clients in each process. */
  actors: number
  requestsPerSecond: number
  /** Whether clients revoke most grants that they no longer need. @default false */
  endsGrants?: boolean
  /** The accounts of the clients. @default the demo account */
  accounts?: readonly Account[]
}

/** The load processes. */
export class Fleet {
  private constructor(
    private readonly children: readonly ChildProcess[],
    private readonly control: ChildProcess,
    private readonly folder: string,
    private readonly files: readonly string[],
  ) {}

  static async start(origins: string[], load: Load): Promise<Fleet> {
    const folder = await mkdtemp(path.join(tmpdir(), 'oauth2-kit-drill-'))
    const names = Array.from({ length: load.processes }, (_, n) => path.join(folder, `${n}.jsonl`))
    const control = fork(path.join(__dirname, 'control.js'))
    const [bare] = (await once(control, 'message')) as [string]
    const children = names.map(() => fork(path.join(__dirname, 'worker.js')))
    const fleet = new Fleet(children, control, folder, names)
    const requestsPerSecond = load.requestsPerSecond / load.processes
    await Promise.all(
      children.map((child, n) =>
        send(child, {
          order: 'run',
          origins,
          control: bare,
          file: names[n]!,
          actors: load.actors,
          requestsPerSecond,
          endsGrants: load.endsGrants ?? false,
          accounts: load.accounts ?? [demo],
        }),
      ),
    )
    return fleet
  }

  /** Informs every client of a change by the harness. */
  async change(change: Change): Promise<void> {
    await this.sendAll({ order: 'change', ...change })
  }

  /** Makes every client get a code, without exchanging it yet. */
  async getCodes(): Promise<void> {
    await this.sendAll({ order: 'get-codes' })
  }

  /** Makes every client start to exchange its code. */
  async useCodes(): Promise<void> {
    await this.sendAll({ order: 'use-codes' })
  }

  /** Stops every client after its current story. */
  async stop(): Promise<void> {
    await this.sendAll({ order: 'stop' })
  }

  /** Checks every token a last time, and resolves with the log of all requests. */
  async finish(): Promise<Entry[]> {
    await this.sendAll({ order: 'final-checks' })
    const logs = await Promise.all(this.files.map(readLog))
    return logs.flat()
  }

  private async sendAll(order: Order): Promise<void> {
    await Promise.all(this.children.map((child) => send(child, order)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.children, this.control]) if (child.connected) child.disconnect()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function send(child: ChildProcess, order: Order): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A load process ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (reply: { failed?: string }) => {
      child.off('exit', ended)
      if (reply.failed === undefined) resolve()
      else reject(new Error(reply.failed))
    })
    child.send(order)
  })
}
