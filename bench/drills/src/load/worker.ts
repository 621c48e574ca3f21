import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { Entry } from '../log'
import { type Account, type Change, demo } from './account'
import { ask } from './agent'
import { Actor } from './actor'
import { Client } from './client'
import { askLastQuestions } from './last-questions'

/** What a load process is told. */
export type Order =
  | {
      order: 'run'
      origins: string[]
      /** Where the bare server is. */
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
  | { order: 'ask-last' }

// A load process: clients that use providers, and a file of what they asked and were told.

const controlEveryMs = 250

let clients: Client[] = []
let actors: Actor[] = []
let running: Promise<unknown>
/** What exchanges the codes that were got, each by another actor. */
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
    setInterval(() => void askControl(order.control), controlEveryMs).unref()
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
  await askLastQuestions(actors.flatMap(({ held }) => held))
  log.end()
  await once(log, 'finish')
}

/** What came from another process is another object. */
function sameAsDemo(account: Account): Account {
  return account.name === demo.name ? demo : account
}

async function askControl(url: string): Promise<void> {
  const { start, end, status } = await ask(url)
  if (log.writableEnded) return
  const about = { family: null, presented: null, error: null, issued: [] }
  note({ operation: 'control', provider: -1, start, end, status, ...about })
}

function note(entry: Entry): void {
  log.write(`${JSON.stringify(entry)}\n`)
}
