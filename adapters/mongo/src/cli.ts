import { parseArgs } from 'node:util'
import type * as mongodb from 'mongodb'
import { type MongoStoreOptions, mongoStore } from './index'

const usage = `oauth2-kit-mongo create-indexes | check

  create-indexes  creates the indexes that are missing; drops none
  check           says what is wrong with indexes, collections, write concern and replica set

MONGODB_URL                 where: mongodb://host:port/database
--grants, --clients, --users, --records NAME
                            the collections, where they have other names
--retention-seconds N       seconds that something is kept after it has expired (3600)

Ends with 0 if all is well, 1 if not, 2 for a wrong use.`

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

/** Of mongodb, or of the one that mongoose brings. */
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
