import { join } from 'node:path'
import { startWorker } from '../worker'
import { contendersOn } from './contenders'
import { type Dedicated, dedicated } from './dedicated'
import type { Database, Question, Started } from './setup'

/** A server in a process of its own, with a database of its own. */
export interface Contestant extends AsyncDisposable {
  label: string
  started: Started
  database: Dedicated
  ask: <T>(question: Question) => Promise<T>
}

/** Starts every server that runs on that database, calls `use` with them, and ends them. */
export async function withContestants<T>(
  database: Database,
  use: (all: readonly Contestant[]) => Promise<T>,
): Promise<T> {
  const all: Contestant[] = []
  try {
    for (const label of Object.keys(contendersOn(database)))
      all.push(await contestant(label, database))
    return await use(all)
  } finally {
    for (const one of all) await one[Symbol.asyncDispose]()
  }
}

async function contestant(label: string, name: Database): Promise<Contestant> {
  const database = await dedicated(name)
  const worker = startWorker(join(__dirname, 'server.js'), [label, name, database.url])
  const ask = <T>(question: Question) => worker.ask<T>(question)
  return {
    label,
    database,
    ask,
    started: await ask<Started>({ ask: 'start' }),
    async [Symbol.asyncDispose]() {
      worker.end()
      await database[Symbol.asyncDispose]()
    },
  }
}
