import { parseArgs } from 'node:util'
import type * as mongodb from 'mongodb'
import { type MongoStoreOptions, mongoStore } from './index'

const usage = `oauth2-kit-mongo create-indexes | check

  create-indexes  creates missing indexes; drops none
  check           reports problems of indexes, collections, write concern and replica set

MONGODB_URL                 the database: mongodb://host:port/database
--grants, --clients, --users, --records NAME
                            the names of the collections, if they differ from the defaults
--retention-seconds N       seconds for which codes and tokens are kept after they expire
                            (default: 3600)

Exit status: 0 if no problem is found, 1 if there is a problem, 2 for wrong usage.`

const { values, positionals } = readArguments()
const [command = ''] = positionals
const url = process.env.MONGODB_URL

if (values.help) {
  console.log(usage)
} else if (positionals.length !== 1 || !['create-indexes', 'check'].includes(command) || !url) {
  console.error(usage)
  process.exitCode = 2
} else {
  run(url).catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}

async function run(address: string): Promise<void> {
  const client = newClient(address)
  try {
    const store = mongoStore(client.db(), optionsOf())
    if (command === 'create-indexes') await store.createIndexes()
    const findings = await store.check()
    for (const { problem, fix } of findings) console.error(`${problem}: ${fix}`)
    if (findings.length > 0) process.exitCode = 1
  } finally {
    await client.close()
  }
}

function optionsOf(): MongoStoreOptions {
  const { grants, clients, users, records, 'retention-seconds': retention } = values
  return {
    collections: { grants, clients, users, records },
    retentionSeconds: retention === undefined ? undefined : Number(retention),
  }
}

function readArguments() {
  const text = { type: 'string' } as const
  const options = {
    grants: text,
    clients: text,
    users: text,
    records: text,
    'retention-seconds': text,
    help: { type: 'boolean' } as const,
  }
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    console.error((error as Error).message)
    return { values: {} as Record<keyof typeof options, undefined>, positionals: [] }
  }
}

/** Returns a client of mongodb, or of the copy of mongodb that mongoose brings. */
function newClient(address: string): mongodb.MongoClient {
  const { MongoClient: Client } = driver()
  return new Client(address)
}

function driver(): typeof mongodb {
  try {
    return require('mongodb') as typeof mongodb
  } catch {
    return (require('mongoose') as { mongo: typeof mongodb }).mongo
  }
}
