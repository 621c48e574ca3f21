import { setTimeout } from 'node:timers/promises'
import { effort } from '../effort'
import type { Benchmark, Result } from '../result'
import { type Contestant, withContestants } from './contestant'
import { openLoad } from './load'
import { type Database, databaseNames, databases } from './setup'
import { type Size, sizeOf } from './size'

/** How often the refresh token of each grant is used. */
const rotations = 4

/**
 * Seconds after which the sealed answers of the last refresh tokens have expired, and every database
 * has removed what has expired.
 */
const graceSeconds = 150

/** The bytes of a grant in each database, after its code and some refresh tokens were redeemed. */
export const atRest: Benchmark = {
  name: 'at-rest',
  async run() {
    const results: Result[] = []
    for (const database of databases)
      results.push(await withContestants(database, (all) => sizes(all, database)))
    return results
  },
}

async function sizes(all: readonly Contestant[], database: Database): Promise<Result> {
  const grants = effort().isQuick ? 100 : 1000
  const empty = await sizesOf(all, database)
  for (const one of all) await fill(one, grants)
  const filled = await sizesOf(all, database)
  // Redis and MongoDB remove by themselves what has expired.
  if (database !== 'postgres') await setTimeout(graceSeconds * 1000)
  for (const { ask } of all) await ask({ ask: 'purge', seconds: graceSeconds })
  const later = await sizesOf(all, database)
  const each = (size: Size, at: number, part: keyof Size) =>
    (size[part] - empty[at]![part]) / grants
  const hasIndexes = later.some(({ indexes }) => indexes > 0)
  return {
    title: `Bytes of a grant in ${databaseNames[database]} after its code and ${rotations} refresh tokens`,
    columns: {
      'at once': 0,
      ...(hasIndexes && { 'with indexes': 0 }),
      'after the grace': 0,
      ...(hasIndexes && { 'after it, with indexes': 0 }),
    },
    rows: all.map(({ label }, at) => {
      const [now, end] = [filled[at]!, later[at]!]
      const whole = (size: Size) => each(size, at, 'data') + each(size, at, 'indexes')
      return {
        label,
        values: {
          'at once': each(now, at, 'data'),
          ...(hasIndexes && { 'with indexes': whole(now) }),
          'after the grace': each(end, at, 'data'),
          ...(hasIndexes && { 'after it, with indexes': whole(end) }),
        },
      }
    }),
  }
}

function sizesOf(all: readonly Contestant[], name: Database): Promise<Size[]> {
  return Promise.all(all.map(({ database }) => sizeOf(name, database.url)))
}

/** Lets the server issue grants, and redeems the code and refresh tokens of each. */
async function fill({ started, ask }: Contestant, grants: number): Promise<void> {
  const codes = await ask<string[]>({ ask: 'prepare', workload: 'code', count: grants })
  const tokens: string[] = []
  await (await openLoad(started, 'code', codes, tokens)).send(grants)
  const load = await openLoad(started, 'refresh', tokens, tokens)
  // Each of them is used once before the first one is used again.
  await load.send(grants * rotations)
}
