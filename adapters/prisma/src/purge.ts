import { inBatches } from '@oauth2-kit/core/store-kit'
import type { PurgeBefore } from '@oauth2-kit/core'
import type { Database } from './database'
import { lifeless, revokedKind, toTime } from './rows'
import type { CredentialRow, OrderBy, Where } from './schema'

/** Removes expired rows of one kind. `left` is how many rows may still be removed. */
type Pass = (left: number) => Promise<{ deleted: number; removed: number; more: boolean }>

type Expiring = Pick<CredentialRow, 'id' | 'kind' | 'grantId' | 'keepUntil'>

const select = { id: true, kind: true, grantId: true, keepUntil: true } as const
const byEnd: OrderBy<CredentialRow> = [{ keepUntil: 'asc' }, { id: 'asc' }]

/** In this order, redeemed credentials are removed before their redemption marks. */
const kinds = ['code', 'refresh', 'access', 'used', revokedKind]

/**
 * Removes rows that expired before the given times. Reads their ids first, then deletes by id,
 * because a DELETE that searches would block writers. Each kind is a separate pass over an index,
 * so that short-lived rows do not wait behind the tokens that are kept to detect replays.
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

function records(database: Database, end: bigint, batchSize: number): Pass {
  const { ask } = database
  const expiresAt = { lt: end }
  return shortLived(
    database,
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

function marks(database: Database, end: bigint, batchSize: number): Pass {
  const { ask } = database
  const deletedUntil = { lt: end }
  return shortLived(
    database,
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

/** Removes the rows that `find` returns, in batches, until it returns no more. */
function shortLived(
  { inTransaction }: Database,
  batchSize: number,
  find: (take: number) => Promise<{ id: string }[]>,
  remove: (ids: string[]) => Promise<{ count: number }>,
): Pass {
  return async (limit) => {
    const done = { deleted: 0, removed: 0, more: false }
    const batch = async () => {
      const left = limit - done.removed
      const found = await find(Math.min(left + 1, batchSize))
      const ids = found.slice(0, left).map(({ id }) => id)
      if (ids.length > 0) done.deleted += (await remove(ids)).count
      done.removed += ids.length
      done.more = found.length > ids.length
      return !done.more && found.length === batchSize
    }
    await inBatches(batch, { paced: !inTransaction })
    return done
  }
}

function credentials(
  { ask, inTransaction }: Database,
  kind: string,
  end: bigint,
  batchSize: number,
): Pass {
  return async (limit) => {
    const done = { deleted: 0, removed: 0, more: false }
    let after: Expiring | undefined
    const batch = async () => {
      const left = limit - done.removed
      const page = await endedAfter(after, Math.min(left + 1, batchSize))
      const some = page.slice(0, left)
      if (some.length > 0) done.deleted += await remove(some)
      done.removed += some.length
      done.more = page.length > some.length
      after = page.at(-1)
      return !done.more && page.length === batchSize
    }
    await inBatches(batch, { paced: !inTransaction })
    return done
  }

  /** Begins after the last row, so that rows that were just removed are not read again. */
  async function endedAfter(last: Expiring | undefined, take: number): Promise<Expiring[]> {
    const where: Where<CredentialRow> = { kind, keepUntil: { lt: end } }
    if (last && last.keepUntil !== null) {
      const { keepUntil, id } = last
      where.keepUntil = { gte: keepUntil, lt: end }
      where.OR = [{ keepUntil: { gt: keepUntil } }, { keepUntil, id: { gt: id } }]
    }
    return ask((models) => models.credentials.findMany({ where, select, orderBy: byEnd, take }))
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
