import type { Database } from './database'
import { revokedKind, toTime } from './rows'
import type { CredentialRow, Where } from './schema'

type Expiring = Pick<CredentialRow, 'id' | 'kind' | 'grantId' | 'claims' | 'ordinal' | 'expiresAt'>

const select = {
  id: true,
  kind: true,
  grantId: true,
  claims: true,
  ordinal: true,
  expiresAt: true,
} as const

/**
 * Removes what expired before that time (milliseconds since the epoch): ids first, then the rows, as
 * a DELETE that searches would hold up those who write.
 */
export async function purge(database: Database, before: number, limit: number, batchSize: number) {
  const { ask } = database
  const end = toTime(before)
  let deleted = 0
  let left = limit
  for (let after: Expiring | undefined; ;) {
    // oxlint-disable no-await-in-loop -- batch after batch
    const page = await expiredAfter(after)
    const past = await pastOf(page)
    const batch = past.slice(0, left)
    if (batch.length > 0) deleted += await remove(batch)
    left -= batch.length
    if (past.length > batch.length) return { deleted, more: true }
    if (page.length < batchSize) return { deleted, more: false }
    after = page.at(-1)
    // oxlint-enable no-await-in-loop
  }

  async function expiredAfter(last: Expiring | undefined): Promise<Expiring[]> {
    const where: Where<CredentialRow> = { expiresAt: { lt: end } }
    if (last && last.expiresAt !== null) {
      const { expiresAt, id } = last
      where.expiresAt = { gte: expiresAt, lt: end }
      where.OR = [{ expiresAt: { gt: expiresAt } }, { expiresAt, id: { gt: id } }]
    }
    const orderBy: { [Name in keyof CredentialRow]?: 'asc' }[] = [
      { expiresAt: 'asc' },
      { id: 'asc' },
    ]
    return ask(({ credentials }) =>
      credentials.findMany({ where, select, orderBy, take: batchSize }),
    )
  }

  /** Those that may go: they have expired, and so has whatever they are the mark of use of. */
  async function pastOf(page: Expiring[]): Promise<Expiring[]> {
    const known = new Map(page.map((row) => [row.id, row]))
    for (let missing = unknownMarked(page); missing.length > 0;) {
      // oxlint-disable-next-line no-await-in-loop -- one generation after the other
      const rows = await ask(({ credentials }) =>
        credentials.findMany({ where: { id: { in: missing } }, select }),
      )
      for (const row of rows) known.set(row.id, row)
      missing = unknownMarked(rows)
    }
    return page.filter((row) => isPast(row))

    function unknownMarked(rows: Expiring[]): string[] {
      return rows.flatMap((row) => markedBy(row) ?? []).filter((id) => !known.has(id))
    }

    function isPast(row: Expiring): boolean {
      for (let one: Expiring | undefined = row; one; one = known.get(markedBy(one) ?? '')) {
        if (one.expiresAt === null || one.expiresAt >= end) return false
      }
      return true
    }
  }

  /** Gives the number of those that were there to be found. */
  async function remove(batch: Expiring[]): Promise<number> {
    const ids = batch.map(({ id }) => id)
    const grants = [...new Set(batch.flatMap(({ grantId }) => grantId ?? []))]
    // A grant goes with the last of its credentials, in one statement: nobody sees it empty.
    const emptied = await ask(({ credentials }) =>
      credentials.findMany({
        where: {
          id: { in: grants },
          members: { none: { id: { notIn: ids }, kind: { not: revokedKind } } },
        },
        select: { id: true },
      }),
    )
    const roots = new Set<string | null>(emptied.map(({ id }) => id))
    const withRoot = batch.filter(({ grantId }) => roots.has(grantId))
    const alone = batch.filter(({ grantId }) => !roots.has(grantId))
    if (roots.size > 0) await deleteAll([...emptied])
    if (alone.length > 0) await deleteAll(alone)
    return [...withRoot, ...alone].filter(({ kind }) => kind !== revokedKind).length
  }

  async function deleteAll(rows: { id: string }[]): Promise<void> {
    const where = { id: { in: rows.map(({ id }) => id) } }
    await ask(({ credentials }) => credentials.deleteMany({ where }))
  }
}

/** What the row is the mark of use of: the first successor is, the others aren't. */
function markedBy({ claims, ordinal }: Expiring): string | null {
  return ordinal === 0 ? claims : null
}
