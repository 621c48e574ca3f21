import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Benchmark, Result } from '../result'
import { aClient, aGrant, someGrants, someSuccessors, someTokens } from './credentials'
import { type OpenClient, type SqlClientName, sqlClients } from './sql-clients'
import { byHandOn } from './sql-by-hand'
import { compare } from './store-bench'

const effort = { rounds: { warmUp: 5, measured: 25 }, calls: 40 }
const times = (effort.rounds.warmUp + effort.rounds.measured) * effort.calls

/** The cost of the SQL store on each client, beside the same statements by that client alone. */
export const sql: Benchmark[] = Object.entries(sqlClients).map(([name, open]) => ({
  name: `sql-${name}`,
  async run() {
    try {
      return [await measure(name as SqlClientName, open)]
    } finally {
      await stopDatabases()
    }
  },
}))

async function measure(name: SqlClientName, { database, open }: OpenClient): Promise<Result> {
  const mine = database === 'sqlite' ? inFile() : await testDatabase(database).isolated()
  const { store, client } = await open(mine.url)
  const hand = byHandOn(client)
  try {
    await store.migrate()
    const registered = await aClient(store)
    const conditions = { clientVersion: registered.version }
    const [[found], byStore, handMade] = [
      await someGrants(store, 1),
      await someGrants(store, times),
      await someGrants(store, times),
    ]
    // The grants that are revoked at the end are the ones that were redeemed before.
    const [redeemed, redeemedByHand] = [[...byStore], [...handMade]]
    return await compare(
      `The SQL store on ${name}, in ${database}, by hand = the same client alone`,
      [
        {
          label: 'find',
          store: () => store.find(found!.hash),
          floor: () => hand.find(found!.hash),
          atMost: 1.15,
        },
        {
          label: 'issue',
          store: () => store.issue(aGrant(registered.id), someTokens(), conditions),
          floor: () => hand.issue(aGrant(registered.id), someTokens(), registered),
          atMost: 1.3,
        },
        {
          label: 'redeem',
          store: () => store.redeem(byStore.pop()!, someSuccessors()),
          floor: () => hand.redeem(handMade.pop()!, someSuccessors()),
          atMost: 1.3,
        },
        {
          label: 'revoke',
          store: () => store.revoke({ grantId: redeemed.pop()!.grant.id }),
          floor: () => hand.revoke(redeemedByHand.pop()!.grant.id),
          atMost: 1.3,
        },
      ],
      effort,
    )
  } finally {
    await hand.end()
    await mine.drop()
  }
}

function inFile() {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-bench-'))
  return {
    url: path.join(folder, 'oauth.sqlite'),
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
