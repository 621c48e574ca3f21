import { inBatches, lookAgainMs } from '@oauth2-kit/core/store-kit'
import type { PurgeBefore } from '@oauth2-kit/core'
import type { Database } from './database'
import type { CredentialRow } from './schema'
import { limitOf, listOf } from './sql'
import type { Names, TableNames } from './tables'

/** The number of removed entries, and whether there are more to remove. */
export interface Purged {
  deleted: number
  more: boolean
}

/**
 * One batch. The next one begins where it ended, so that it does not read removed rows that the
 * database has not cleared away yet.
 */
interface Batch extends Purged {
  upTo: number
}

// The earliest time of a Date.
const ever = -8.64e15

/** One pass of a purge over rows, in the order of a time that an index has. */
interface Pass {
  names: Pick<Names<string>, 'table' | 'column' | 'selected'>
  time: string
  /** A condition for the rows, in addition to their time. */
  condition?: string
  /** Removes what depends on the rows, by the grants that they belonged to. */
  andThen?: (grants: string[]) => Promise<void>
  before: number
}

/**
 * The kinds that are kept for the retention. Each comes before the kinds that may be its mark of
 * use, so that a mark is removed last.
 */
const kinds = ['code', 'refresh', 'access', 'used', 'revoked'] satisfies CredentialRow['kind'][]

/**
 * Returns functions that remove what has expired, in batches by id, so that other statements wait
 * for one batch at most.
 */
export function purging(database: Database, batchSize: number) {
  const { dialect, statement } = database
  const {
    credentials: names,
    users,
    records,
  } = database.names as Record<keyof TableNames, Names<string>>
  const { table, column } = names
  const [id, grantId, keepUntil] = [column('id'), column('grantId'), column('keepUntil')]
  const isKind = (kind: CredentialRow['kind'], alias?: string) =>
    `${alias === undefined ? '' : `${alias}.`}${column('kind')} = '${kind}'`
  // Sealed answers do not keep a grant alive.
  const isOf = `c.${grantId} = g.${id} AND NOT ${isKind('answer', 'c')}`
  const isEmpty = `NOT EXISTS (SELECT 1 FROM ${table} c WHERE ${isOf})`

  /**
   * Returns the passes. Short-lived rows come first, so that they do not wait behind all rows that
   * the retention has kept.
   */
  function passes(before: PurgeBefore): Pass[] {
    const { shortLived, credentials } = before
    const ofCredentials = { names, time: 'keepUntil' }
    return [
      { ...ofCredentials, condition: isKind('answer'), before: shortLived },
      { names: records, time: 'expiresAt', before: shortLived },
      { names: users, time: 'deletedUntil', before: shortLived },
      ...kinds.map((kind) => ({
        ...ofCredentials,
        condition: isKind(kind),
        andThen: removeEmpty,
        before: credentials,
      })),
    ]
  }

  async function purgeSome(pass: Pass, from: number, limit: number): Promise<Batch> {
    const time = pass.names.column(pass.time)
    const selected = ['id', pass.time, ...(pass.andThen ? ['grantId'] : [])]
    const found = await database.read<Record<string, string>>(
      statement(
        (next) => `SELECT ${pass.names.selected(selected)} FROM ${pass.names.table}
          WHERE ${time} >= ${next(from)} AND ${time} < ${next(pass.before)}
          ${pass.condition === undefined ? '' : `AND ${pass.condition}`}
          ORDER BY ${time} ${limitOf(limit + 1)}`,
      ),
    )
    const chosen = found.slice(0, limit)
    const deleted = await remove(
      pass,
      chosen.map((row) => row['id']!),
    )
    await pass.andThen?.([...new Set(chosen.map((row) => row['grantId']!))])
    return { deleted, more: found.length > limit, upTo: Number(found.at(-1)?.[pass.time] ?? from) }
  }

  /**
   * Removes the rows with those ids. Compares the time again, because it may just have been
   * extended.
   */
  async function remove({ names: of, time, before }: Pass, ids: string[]): Promise<number> {
    if (ids.length === 0) return 0
    return database.write(
      statement(
        (next) => `DELETE FROM ${of.table} WHERE ${of.column('id')} IN (${listOf(ids, next)})
          AND ${of.column(time)} < ${next(before)}`,
      ),
    )
  }

  /** Removes the grants that have no credentials left. */
  async function removeEmpty(grants: string[]): Promise<void> {
    if (grants.length === 0) return
    const empty = await database.read<{ id: string }>(
      statement(
        (next) => `SELECT ${names.selected(['id'], 'g')} FROM ${table} g
          WHERE g.${id} IN (${listOf(grants, next)}) AND ${isEmpty}`,
      ),
    )
    if (empty.length > 0) await removeUnlessExtended(empty.map((row) => row.id))
  }

  /**
   * Removes the grants unless another call is adding to them: checks again, with the grants locked.
   */
  async function removeUnlessExtended(ids: string[]): Promise<void> {
    if (dialect.name === 'mysql') {
      await database.write(
        statement(
          (next) => `DELETE g FROM ${table} g LEFT JOIN ${table} c ON ${isOf}
            WHERE g.${id} IN (${listOf(ids, next)}) AND c.${id} IS NULL`,
        ),
      )
      return
    }
    if (!dialect.cascades) {
      const isOfEmpty = `NOT EXISTS (SELECT 1 FROM ${table} c
        WHERE c.${grantId} = COALESCE(g.${grantId}, g.${id}) AND NOT ${isKind('answer', 'c')})`
      await database.write(
        statement(
          (next) => `DELETE FROM ${table} AS g WHERE ${isOfEmpty}
            AND (g.${id} IN (${listOf(ids, next)}) OR g.${grantId} IN (${listOf(ids, next)}))`,
        ),
      )
      return
    }
    const removal = statement(
      (next) => `DELETE FROM ${table} AS g WHERE g.${id} IN (${listOf(ids, next)}) AND ${isEmpty}`,
    )
    // PostgreSQL's DELETE waits for a lock, but then decides by its older snapshot. So lock the
    // rows first.
    const lock = statement(
      (next) => `SELECT 1 FROM ${table} WHERE ${id} IN (${listOf(ids, next)})
        ORDER BY ${id} FOR UPDATE`,
    )
    await database.together([lock, removal])
  }

  /**
   * Removes grants without credentials that a process left behind because it died after it had
   * removed the last credential. Checks old grants, and checks those that still have credentials
   * again much later.
   */
  async function removeForgotten(before: number): Promise<void> {
    const old = await database.read<{ id: string }>(
      statement(
        (next) => `SELECT ${names.selected(['id'])} FROM ${table}
          WHERE ${isKind('grant')} AND ${keepUntil} < ${next(before)}
          ORDER BY ${keepUntil} ${limitOf(batchSize)}`,
      ),
    )
    if (old.length === 0) return
    const ids = old.map((row) => row.id)
    await removeEmpty(ids)
    await database.write(
      statement(
        (next) => `UPDATE ${table} SET ${keepUntil} = ${next(before + lookAgainMs)}
          WHERE ${id} IN (${listOf(ids, next)})`,
      ),
    )
  }

  async function purge(before: PurgeBefore, limit: number): Promise<Purged> {
    let deleted = 0
    for (const pass of passes(before)) {
      let from = ever
      let isFull = false
      const batch = async () => {
        const purged = await purgeSome(pass, from, Math.min(batchSize, limit - deleted))
        deleted += purged.deleted
        from = purged.upTo
        // Rows were found but none was removed: another purge is removing them.
        isFull = purged.more && (deleted >= limit || purged.deleted === 0)
        return purged.more && !isFull
      }
      await inBatches(batch, { paced: !database.isJoined() })
      if (isFull) return { deleted, more: true }
    }
    await removeForgotten(before.credentials)
    return { deleted, more: false }
  }

  return { purge, removeEmpty }
}
