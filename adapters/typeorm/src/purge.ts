import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from './database'
import { engineOf } from './engine'
import { metadataOf } from './metadata'
import { lookAgainMs } from './rows'
import type { CredentialRow, KeyRow, TableNames } from './schema'
import { listOf, namesOf, statement } from './sql'

/** Entries that were removed, and whether there are more to remove. */
export interface Purged {
  deleted: number
  more: boolean
}

/** One batch: the next begins where it ended, and not with what the database has yet to clear away. */
interface Batch extends Purged {
  upTo: number
}

// The earliest time of a Date.
const ever = -8.64e15

/**
 * Removes what is over: in batches, each by its ids, so that nobody waits long for a lock, and with
 * pauses, so that it takes no more than half of a processor of the database.
 */
export function purging(database: Database, tables: TableNames, batchSize: number) {
  const { dataSource } = database
  const engine = engineOf(dataSource)
  const names = namesOf<keyof CredentialRow>(dataSource, metadataOf(dataSource, tables.credentials))
  const keys = namesOf<keyof KeyRow>(dataSource, metadataOf(dataSource, tables.keys))
  const { table, column } = names
  const [id, grantId, keepUntil] = [column('id'), column('grantId'), column('keepUntil')]
  const isEmpty = `NOT EXISTS (SELECT 1 FROM ${table} c WHERE c.${grantId} = g.${id})`

  /** Credentials, and the grants that lose their last one. */
  async function purgeCredentials(from: number, before: number, limit: number): Promise<Batch> {
    const found = await database.read<{ id: string; grantId: string; keepUntil: string }>(
      statement(
        dataSource,
        (next) => `SELECT ${names.selected(['id', 'grantId', 'keepUntil'])} FROM ${table}
          WHERE ${keepUntil} >= ${next(from)} AND ${keepUntil} < ${next(before)}
          AND ${grantId} IS NOT NULL
          ORDER BY ${keepUntil} LIMIT ${next(limit + 1)}`,
      ),
    )
    const chosen = found.slice(0, limit)
    const deleted = await remove(
      table,
      id,
      chosen.map((row) => row.id),
    )
    await removeEmpty([...new Set(chosen.map((row) => row.grantId))])
    return { deleted, more: found.length > limit, upTo: Number(found.at(-1)?.keepUntil ?? from) }
  }

  async function purgeKeys(from: number, before: number, limit: number): Promise<Batch> {
    const expiresAt = keys.column('expiresAt')
    const found = await database.read<{ id: string; expiresAt: string }>(
      statement(
        dataSource,
        (next) => `SELECT ${keys.selected(['id', 'expiresAt'])} FROM ${keys.table}
          WHERE ${expiresAt} >= ${next(from)} AND ${expiresAt} < ${next(before)}
          ORDER BY ${expiresAt} LIMIT ${next(limit + 1)}`,
      ),
    )
    const chosen = found.slice(0, limit).map((row) => row.id)
    const deleted = await remove(keys.table, keys.column('id'), chosen)
    return { deleted, more: found.length > limit, upTo: Number(found.at(-1)?.expiresAt ?? from) }
  }

  async function remove(from: string, by: string, ids: string[]): Promise<number> {
    if (ids.length === 0) return 0
    return database.write(
      statement(dataSource, (next) => `DELETE FROM ${from} WHERE ${by} IN (${listOf(ids, next)})`),
    )
  }

  /** Removes those of the grants of which nothing is left. */
  async function removeEmpty(grants: string[]): Promise<void> {
    if (grants.length === 0) return
    const empty = await database.read<{ id: string }>(
      statement(
        dataSource,
        (next) => `SELECT ${names.selected(['id'], 'g')} FROM ${table} g
          WHERE g.${id} IN (${listOf(grants, next)}) AND ${isEmpty}`,
      ),
    )
    if (empty.length > 0) await removeUnlessExtended(empty.map((row) => row.id))
  }

  /** Somebody may be adding to a grant right now: so it is looked again, with the grant locked. */
  async function removeUnlessExtended(ids: string[]): Promise<void> {
    if (engine.name === 'mysql') {
      await database.write(
        statement(
          dataSource,
          (next) => `DELETE g FROM ${table} g LEFT JOIN ${table} c ON c.${grantId} = g.${id}
            WHERE g.${id} IN (${listOf(ids, next)}) AND c.${id} IS NULL`,
        ),
      )
      return
    }
    const removal = statement(
      dataSource,
      (next) => `DELETE FROM ${table} AS g WHERE g.${id} IN (${listOf(ids, next)}) AND ${isEmpty}`,
    )
    if (engine.name === 'sqlite') {
      await database.write(removal)
      return
    }
    // PostgreSQL waits for the lock, but decides by what there was before.
    const lock = statement(
      dataSource,
      (next) => `SELECT 1 FROM ${table} WHERE ${id} IN (${listOf(ids, next)})
        ORDER BY ${id} FOR UPDATE`,
    )
    await database.together([lock, removal])
  }

  /**
   * A process that died between a grant's last credential and the grant has left the grant. Old ones
   * are looked at, and those that live are looked at again much later.
   */
  async function removeForgotten(before: number): Promise<void> {
    const old = await database.read<{ id: string }>(
      statement(
        dataSource,
        (next) => `SELECT ${names.selected(['id'])} FROM ${table}
          WHERE ${keepUntil} < ${next(before)} AND ${grantId} IS NULL
          ORDER BY ${keepUntil} LIMIT ${next(batchSize)}`,
      ),
    )
    if (old.length === 0) return
    const ids = old.map((row) => row.id)
    await removeEmpty(ids)
    await database.write(
      statement(
        dataSource,
        (next) => `UPDATE ${table} SET ${keepUntil} = ${next(before + lookAgainMs)}
          WHERE ${id} IN (${listOf(ids, next)})`,
      ),
    )
  }

  async function purge(before: number, limit: number): Promise<Purged> {
    let deleted = 0
    for (const purgeSome of [purgeCredentials, purgeKeys]) {
      for (let more = true, from = ever; more;) {
        const batch = Math.min(batchSize, limit - deleted)
        const start = performance.now()
        // oxlint-disable-next-line no-await-in-loop -- batch after batch, others in between
        const purged = await purgeSome(from, before, batch)
        deleted += purged.deleted
        ;({ more, upTo: from } = purged)
        // Nothing went although there is something: it goes with somebody else's purge.
        if (more && (deleted >= limit || purged.deleted === 0)) return { deleted, more }
        // A transaction that was joined keeps its locks meanwhile: the sooner it ends, the better.
        // oxlint-disable-next-line no-await-in-loop -- the pause is the point
        if (more && !database.isJoined()) await pause(performance.now() - start)
      }
    }
    await removeForgotten(before)
    return { deleted, more: false }
  }

  return { purge, removeEmpty }
}
