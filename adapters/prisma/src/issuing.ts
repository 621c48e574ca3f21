import type { Grant, IssueConditions, NewCredential } from '@oauth2-kit/core'
import type { Database } from './database'
import { clientFields, userFields } from './fields'
import { credentialRow, grantRow } from './rows'

/**
 * Issues grants. A generated client has no INSERT with a condition, so the conditions are checked
 * after the rows are committed. A deletion removes the client or marks the user before it looks for
 * grants. So either it finds the rows, or the check finds the deletion.
 */
export function issueMethod(database: Database) {
  const { ask, attempt, inTransaction, names } = database

  async function insert(grant: Grant, credentials: NewCredential[]): Promise<void> {
    // The grant's own row comes first, because SQLite and MariaDB check foreign keys row by row.
    const data = [grantRow(grant), ...credentials.map((one) => credentialRow(one, grant))]
    await attempt((models) => models.credentials.createMany({ data }))
  }

  async function isClient(id: string, version: string): Promise<boolean> {
    const row = await ask(({ clients }) =>
      clients.findUnique({ where: { id }, select: clientFields }),
    )
    return row?.id === id && row.version === version
  }

  async function isNotDeleted(id: string): Promise<boolean> {
    const row = await ask(({ users }) => users.findUnique({ where: { id }, select: userFields }))
    return row?.id !== id || row.deletedUntil === null
  }

  /** Sends all look-ups in one tick, so that they take one round trip. */
  async function isAllowed({ clientId, userId }: Grant, conditions: IssueConditions) {
    const { clientVersion } = conditions
    const lookups = [
      ...(clientVersion === undefined ? [] : [isClient(clientId, clientVersion)]),
      ...(userId === null || names.users === null ? [] : [isNotDeleted(userId)]),
    ]
    return (await Promise.all(lookups)).every(Boolean)
  }

  /**
   * Inside a transaction of the caller, a look-up would decide before the rows are committed. So
   * the rows of the client and the user are locked by updates that change nothing: a deletion waits
   * for the end of the transaction, and then finds the grant.
   */
  async function isAllowedAndLocked({ clientId, userId }: Grant, conditions: IssueConditions) {
    const { clientVersion: version } = conditions
    if (version !== undefined) {
      const { count } = await ask(({ clients }) =>
        clients.updateMany({ where: { id: clientId, version }, data: { version } }),
      )
      if (count === 0) return false
    }
    if (userId === null || names.users === null) return true
    const there = await ask(({ users }) =>
      users.updateMany({
        where: { id: userId, deletedUntil: null },
        data: { deletedUntil: null },
      }),
    )
    if (there.count > 0) return true
    // The user is deleted, or not in this table. A SELECT could read an older snapshot than the
    // update, so this is an update as well.
    const marked = await ask(({ users }) =>
      users.updateMany({
        where: { id: userId, deletedUntil: { not: null } },
        data: { data: null },
      }),
    )
    return marked.count === 0
  }

  async function remove({ id }: Grant): Promise<void> {
    await ask(({ credentials }) => credentials.deleteMany({ where: { id } }))
  }

  return {
    async issue(
      grant: Grant,
      credentials: NewCredential[],
      conditions: IssueConditions,
    ): Promise<'issued' | 'refused'> {
      if (inTransaction) {
        if (!(await isAllowedAndLocked(grant, conditions))) return 'refused'
        await insert(grant, credentials)
        return 'issued'
      }
      await insert(grant, credentials)
      try {
        if (await isAllowed(grant, conditions)) return 'issued'
      } catch (error) {
        // It is unknown whether the grant is allowed, so it must not stay. If its removal fails
        // too, the first error is reported.
        await remove(grant).catch(() => {})
        throw error
      }
      await remove(grant)
      return 'refused'
    },
  }
}
