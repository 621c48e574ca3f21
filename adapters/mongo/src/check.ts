import type { Finding } from '@oauth2-kit/core'
import type { Db, IndexDescription, IndexDescriptionInfo } from 'mongodb'
import type { Collections } from './collections'
import { type Difference, differenceOf, existingOf, indexesIn, kinds } from './indexes'
import type { WriteConcern } from './options'
import { indexesOf } from './schema'

/**
 * Resolves with what is wrong with the indexes, the collections, the write concern or the replica
 * set.
 */
export async function check(
  collections: Collections,
  retentionSeconds: number,
  writeConcern: WriteConcern,
): Promise<Finding[]> {
  const findings = await Promise.all([
    checkIndexes(collections, retentionSeconds),
    checkCollations(collections),
    checkServer(collections.db, writeConcern),
  ])
  return findings.flat()
}

async function checkIndexes(collections: Collections, retentionSeconds: number) {
  const wanted = indexesOf(retentionSeconds)
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const existing = await indexesIn(collections, kind)
      return wanted[kind].map((index) =>
        checkIndex(collections[kind].collectionName, index, existing),
      )
    }),
  )
  return found.flat(2)
}

function checkIndex(
  collection: string,
  wanted: IndexDescription,
  existing: IndexDescriptionInfo[],
): Finding[] {
  const difference = differenceOf(wanted, existing)
  if (!difference) return []
  const found = existingOf(wanted, existing)
  const what = problems[difference] ?? `has the option ${difference}`
  const seconds = `${found?.expireAfterSeconds} s after the expiry, not ${wanted.expireAfterSeconds} s`
  const problem = `The index on ${collection} (${Object.keys(wanted.key).join(', ')}) ${what}`
  const create = 'call createIndexes(), or run oauth2-kit-mongo create-indexes'
  if (difference === 'missing') return [{ problem, fix: create }]
  if (difference === 'expireAfterSeconds')
    return [{ problem: `${problem} ${seconds}`, fix: create }]
  return [{ problem, fix: `drop the index "${found?.name}" and ${create}` }]
}

const problems: Partial<Record<Difference, string>> = {
  missing: 'is missing',
  unique: 'is unique',
  'not unique': 'is not unique',
  'no TTL': 'is not a TTL index',
  'not sparse': 'is not sparse',
  expireAfterSeconds: 'removes documents',
}

/**
 * Ids must be compared exactly. A collection with a collation may treat "Ada" and "ada" as equal.
 */
async function checkCollations(collections: Collections): Promise<Finding[]> {
  const names = kinds.map((kind) => collections[kind].collectionName)
  const existing = await collections.db.listCollections({ name: { $in: names } }).toArray()
  return existing
    .filter((info) => 'options' in info && info.options?.collation)
    .map(({ name }) => ({
      problem: `The collection ${name} has a collation: different ids may compare as equal`,
      fix: 'copy its documents to a collection without a collation',
    }))
}

/** The fields that are used from the reply of the `hello` command. */
interface Hello {
  setName?: string
  hosts?: string[]
  passives?: string[]
  arbiters?: string[]
}

async function checkServer(db: Db, { w, j }: WriteConcern): Promise<Finding[]> {
  const findings: Finding[] = []
  if (j === false) {
    findings.push({
      problem: 'Writes are acknowledged before they are in the journal ("writeConcern.j" is false)',
      fix: 'remove "j" from "writeConcern"',
    })
  }
  const {
    setName,
    hosts = [],
    passives = [],
    arbiters = [],
  }: Hello = await db.command({ hello: 1 })
  if (setName === undefined) return findings
  const bearing = hosts.length + passives.length
  const majority = Math.floor((bearing + arbiters.length) / 2) + 1
  if (typeof w === 'number' && w < majority) {
    findings.push({
      problem: `Writes are acknowledged by ${w} of ${bearing} members ("writeConcern.w"): a failover can undo a redemption`,
      fix: 'remove "w" from "writeConcern" to use "majority"',
    })
  }
  if (arbiters.length > 0 && bearing <= majority) {
    findings.push({
      problem: `The replica set ${setName} has ${bearing} members with data and ${arbiters.length} without: if one with data is down, no write reaches a majority`,
      fix: 'replace the arbiter with a member that holds data',
    })
  }
  if (!db.client.options.retryWrites) {
    findings.push({
      problem:
        'Retryable writes are off ("retryWrites" of the connection): requests fail during a failover',
      fix: 'remove retryWrites=false from the connection’s URL and options',
    })
  }
  return findings
}
