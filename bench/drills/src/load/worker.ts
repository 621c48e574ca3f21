import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { Entry } from '../log'
import { type Account, type Change, demo } from './account'
import { sendRequest } from './agent'
import { Actor } from './actor'
import { Client } from './client'
import { runFinalChecks } from './final-checks'

/** A message to a load process. */
export type Order =
  | {
      order: 'run'
      origins: string[]
      /** The URL of the bare server. */
      control: string
      file: string
      actors: number
      requestsPerSecond: number
      endsGrants: boolean
      accounts: readonly Account[]
    }
  | ({ order: 'change' } & Change)
  | { order: 'get-codes' }
  | { order: 'use-codes' }
  | { order: 'stop' }
  | { order: 'final-checks' }

// The program of a load process: clients that use the providers, and a file with the log of their
// requests.

const controlEveryMs = 250

let clients: Client[] = []
let actors: Actor[] = []
let running: Promise<unknown>
/** Functions that exchange the codes of `get-codes`, one per actor. */
let codes: (() => Promise<void>)[] = []
let log: ReturnType<typeof createWriteStream>

process.on('message', (order: Order) => {
  obey(order).then(
    () => process.send?.({ done: order.order }),
    (error: Error) => process.send?.({ failed: error.stack ?? String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function obey(order: Order): Promise<void> {
  if (order.order === 'run') {
    log = createWriteStream(order.file)
    clients = order.accounts.map((account) => new Client(order.origins, note, sameAsDemo(account)))
    for (const client of clients) await client.begin()
    setInterval(() => void requestControl(order.control), controlEveryMs).unref()
    const intervalMs = (1000 * order.actors) / order.requestsPerSecond
    actors = Array.from(
      { length: order.actors },
      () => new Actor(clients, intervalMs, order.endsGrants),
    )
    running = Promise.all(actors.map((actor) => actor.run()))
    return
  }
  if (order.order === 'stop') {
    for (const actor of actors) actor.stop()
    await running
    return
  }
  if (order.order === 'get-codes') {
    codes = await Promise.all(actors.map((actor) => actor.getCode()))
    return
  }
  if (order.order === 'use-codes') {
    running = Promise.all([running, ...codes.map((use) => use())])
    return
  }
  if (order.order === 'change') {
    const client = clients.find(({ account }) => account.name === order.account)
    if (order.secret) await client?.takeSecret(order.secret)
    else if (client) client.isGone = true
    return
  }
  await runFinalChecks(actors.flatMap(({ held }) => held))
  log.end()
  await once(log, 'finish')
}

/** Returns the `demo` object for the demo account: an account in a message is a copy. */
function sameAsDemo(account: Account): Account {
  return account.name === demo.name ? demo : account
}

async function requestControl(url: string): Promise<void> {
  const { start, end, status } = await sendRequest(url)
  if (log.writableEnded) return
  const about = { grant: null, presented: null, error: null, issued: [] }
  note({ operation: 'control', provider: -1, start, end, status, ...about })
}

function note(entry: Entry): void {
  log.write(`${JSON.stringify(entry)}\n`)
}
