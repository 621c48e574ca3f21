import type { PurgeBefore } from '@oauth2-kit/core'
import type { Database } from './database'
import { lifeless, revokedKind, toTime } from './rows'
import type { CredentialRow, OrderBy, Where } from './schema'

/** Removes expired rows of one kind. `left` is how many rows may still be removed. */
type Pass = (left: number) => Promise<{ deleted: number; removed: number; more: boolean }>

type Expiring = Pick<CredentialRow, 'id' | 'kind' | 'grantId' | 'claims' | 'ordinal' | 'expiresAt'>

const select = {
  id: true,
  kind: true,
  grantId: true,
  claims: true,
  ordinal: true,
  expiresAt: true,
} as const
const byExpiry: OrderBy<CredentialRow> = [{ expiresAt: 'asc' }, { id: 'asc' }]

/** In this order, what is marked as redeemed is removed before its marks. */
const kinds = ['code', 'refresh', 'access', 'used', revokedKind]

/**
 * Removes rows that expired before those times. Reads their ids first, then deletes by id, because
 * a DELETE that searches would block writers. Each kind is a separate pass over an index, so that
 * short-lived rows do not wait behind the tokens that are kept to detect replays.
 */
export async function purge(
  database: Database,
  before: PurgeBefore,
  limit: number,
  rows: number,
): Promise<{ deleted: number; more: boolean }> {
  const batchSize = Math.min(rows, database.mostNamed)
  const end = { credentials: toTime(before.credentials), shortLived: toTime(before.shortLived) }
  const passes: Pass[] = [
    records(database, end.shortLived, batchSize),
    ...(database.names.users === null ? [] : [marks(database, end.shortLived, batchSize)]),
    credentials(database, 'answer', end.shortLived, batchSize),
    ...kinds.map((kind) => credentials(database, kind, end.credentials, batchSize)),
  ]
  let deleted = 0
  let left = limit
  for (const pass of passes) {
    const done = await pass(left)
    deleted += done.deleted
    left -= done.removed
    if (done.more) return { deleted, more: true }
  }
  return { deleted, more: false }
}

function records({ ask }: Database, end: bigint, batchSize: number): Pass {
  const expiresAt = { lt: end }
  return inBatches(
    batchSize,
    (take) =>
      ask((models) =>
        models.records.findMany({
          where: { expiresAt },
          select: { id: true },
          orderBy: [{ expiresAt: 'asc' }],
          take,
        }),
      ),
    // Compare the expiry again: since it was read, the key may have been taken and added again.
    (ids) => ask((models) => models.records.deleteMany({ where: { id: { in: ids }, expiresAt } })),
  )
}

function marks({ ask }: Database, end: bigint, batchSize: number): Pass {
  const deletedUntil = { lt: end }
  return inBatches(
    batchSize,
    (take) =>
      ask(({ users }) =>
        users.findMany({
          where: { deletedUntil },
          select: { id: true },
          orderBy: [{ deletedUntil: 'asc' }],
          take,
        }),
      ),
    (ids) => ask(({ users }) => users.deleteMany({ where: { id: { in: ids }, deletedUntil } })),
  )
}

/** Removes what `find` returns, in batches, until it returns no more. */
function inBatches(
  batchSize: number,
  find: (take: number) => Promise<{ id: string }[]>,
  remove: (ids: string[]) => Promise<{ count: number }>,
): Pass {
  return async (limit) => {
    let deleted = 0
    for (let left = limit; ;) {
      const found = await find(Math.min(left + 1, batchSize))
      const batch = found.slice(0, left).map(({ id }) => id)
      if (batch.length > 0) deleted += (await remove(batch)).count
      left -= batch.length
      const removed = limit - left
      if (found.length > batch.length) return { deleted, removed, more: true }
      if (found.length < batchSize) return { deleted, removed, more: false }
    }
  }
}

function credentials({ ask }: Database, kind: string, end: bigint, batchSize: number): Pass {
  return async (limit) => {
    let deleted = 0
    let left = limit
    for (let after: Expiring | undefined; ;) {
      const page = await expiredAfter(after)
      const past = await pastOf(page)
      const batch = past.slice(0, left)
      if (batch.length > 0) deleted += await remove(batch)
      left -= batch.length
      const removed = limit - left
      if (past.length > batch.length) return { deleted, removed, more: true }
      if (page.length < batchSize) return { deleted, removed, more: false }
      after = page.at(-1)
    }
  }

  async function expiredAfter(last: Expiring | undefined): Promise<Expiring[]> {
    const where: Where<CredentialRow> = { kind, expiresAt: { lt: end } }
    if (last && last.expiresAt !== null) {
      const { expiresAt, id } = last
      where.expiresAt = { gte: expiresAt, lt: end }
      where.OR = [{ expiresAt: { gt: expiresAt } }, { expiresAt, id: { gt: id } }]
    }
    return ask((models) =>
      models.credentials.findMany({ where, select, orderBy: byExpiry, take: batchSize }),
    )
  }

  /**
   * Resolves with the rows that can be removed. A mark of use stays until the credential that it
   * marks has expired too.
   */
  async function pastOf(page: Expiring[]): Promise<Expiring[]> {
    const known = new Map(page.map((row) => [row.id, row]))
    const missing = page.flatMap((row) => markedBy(row) ?? []).filter((id) => !known.has(id))
    if (missing.length > 0) {
      const rows = await ask((models) =>
        models.credentials.findMany({ where: { id: { in: missing } }, select }),
      )
      for (const row of rows) known.set(row.id, row)
    }
    return page.filter((row) => {
      const marked = known.get(markedBy(row) ?? '')
      return !marked || (marked.expiresAt !== null && marked.expiresAt < end)
    })
  }

  /**
   * Removes the rows, and the grants that become empty. Resolves with the number of the rows that
   * `find` could return.
   */
  async function remove(batch: Expiring[]): Promise<number> {
    const ids = batch.map(({ id }) => id)
    const grants = [...new Set(batch.flatMap(({ grantId }) => grantId ?? []))]
    // A grant is deleted in the same statement as its last credential, so that it is never seen
    // empty.
    const members = { none: { id: { notIn: ids }, kind: { notIn: lifeless } } }
    const emptied = await ask((models) =>
      models.credentials.findMany({
        where: { id: { in: grants }, members },
        select: { id: true },
      }),
    )
    const roots = new Set<string | null>(emptied.map(({ id }) => id))
    const withRoot = batch.filter(({ grantId }) => roots.has(grantId))
    const alone = batch.filter(({ grantId }) => !roots.has(grantId))
    if (roots.size > 0) await deleteAll([...emptied])
    if (alone.length > 0) await deleteAll(alone)
    return [...withRoot, ...alone].filter(({ kind: one }) => one !== revokedKind).length
  }

  async function deleteAll(rows: { id: string }[]): Promise<void> {
    const where = { id: { in: rows.map(({ id }) => id) } }
    await ask((models) => models.credentials.deleteMany({ where }))
  }
}

/**
 * Returns the id of the credential that the row is the mark of use of. Only first successors are
 * marks.
 */
function markedBy({ claims, ordinal }: Expiring): string | null {
  return ordinal === 0 ? claims : null
}
