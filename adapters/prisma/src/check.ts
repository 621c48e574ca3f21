import type { Finding } from '@oauth2-kit/core'
import { clientFindings } from './client-trial'
import type { Database } from './database'
import { isMissing, isOfDatabase } from './errors'
import { clientFields, credentialFields, recordFields, userFields } from './fields'
import { fieldsOf } from './generated-client'
import { rehearsals } from './rehearsals'
import type { Models } from './schema'

/** The fields that the store uses, with their types. `null` means a relation, of any type. */
const fields: Record<keyof Models, Record<string, string | null>> = {
  credentials: {
    id: 'String',
    kind: 'String',
    grantId: 'String',
    members: null,
    claims: 'String',
    ordinal: 'Int',
    clientId: 'String',
    userId: 'String',
    data: 'String',
    createdAt: 'BigInt',
    expiresAt: 'BigInt',
    keepUntil: 'BigInt',
    owner: 'String',
  },
  clients: { id: 'String', version: 'String', data: 'String' },
  users: {
    id: 'String',
    version: 'String',
    username: 'String',
    passwordHash: 'String',
    data: 'String',
    deletedUntil: 'BigInt',
  },
  records: { id: 'String', data: 'String', expiresAt: 'BigInt' },
}

/**
 * Resolves with what is wrong with the models, the tables, the client and its extensions, and the
 * constraints. Calls and constraints are tried out in transactions that are rolled back. This proves
 * more than the catalog of the database does, and works with any names.
 */
export async function check(database: Database, batchSize: number): Promise<Finding[]> {
  const lacking = [...lackingFields(database)]
  if (lacking.length > 0) return lacking
  // Rejects if the database does not respond, so that later failures are those of the client.
  await database.rehearse(async () => null)
  const missing = await missingTables(database)
  if (missing.length > 0) return missing
  const changed = await clientFindings(database, batchSize)
  // The constraints cannot be tried out through a client that changes the calls.
  if (changed.length > 0) return changed
  const findings: Finding[] = []
  for (const rehearsal of rehearsals(database)) {
    const finding = await rehearsal()
    if (finding) findings.push(finding)
  }
  return findings
}

function* lackingFields({ client, names }: Database): Generator<Finding> {
  for (const model of modelsIn(names)) {
    const present = fieldsOf(client, names[model] ?? '') ?? []
    // If the client does not expose its fields, the queries below find what is missing.
    if (present.length === 0) continue
    for (const [name, type] of Object.entries(fields[model])) {
      const found = present.find((field) => field.name === name)
      if (found && (type === null || found.type === type)) continue
      yield {
        problem: `The model "${names[model]}" has no field "${name}"${type === null ? '' : ` of the type ${type}`}`,
        fix: 'Copy the fields of oauth.prisma unchanged, and run "npx prisma generate"',
      }
    }
  }
}

async function missingTables({ ask, names }: Database): Promise<Finding[]> {
  const found = modelsIn(names).map(async (model) => {
    try {
      await ask<unknown>((models) => readers[model](models))
      return []
    } catch (error) {
      if (isMissing(error)) {
        const problem = `The table of the model "${names[model]}" is missing, or has other columns`
        return [{ problem, fix: 'Run oauth.sql, or "npx prisma migrate"' }]
      }
      if (isOfDatabase(error)) throw error
      // `clientFindings` reports what the client refuses.
      return []
    }
  })
  return (await Promise.all(found)).flat()
}

const readers = {
  credentials: ({ credentials }: Models) =>
    credentials.findMany({ where: {}, select: credentialFields, take: 1 }),
  clients: ({ clients }: Models) => clients.findMany({ where: {}, select: clientFields, take: 1 }),
  users: ({ users }: Models) => users.findMany({ where: {}, select: userFields, take: 1 }),
  records: ({ records }: Models) => records.findMany({ where: {}, select: recordFields, take: 1 }),
}

function modelsIn(names: Database['names']): (keyof Models)[] {
  const all = ['credentials', 'clients', 'users', 'records'] as const
  return all.filter((model) => names[model] !== null)
}
