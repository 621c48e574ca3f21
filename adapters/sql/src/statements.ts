import type { Grant, IssueConditions, NewCredential } from '@oauth2-kit/core'
import type { Database } from './database'
import type { SqlValue } from './executor'
import { columns, credentialColumns, credentialValues, grantColumns, grantValues } from './rows'
import type { CredentialRow } from './schema'
import { type Next, type Statement, limitOf, listOf } from './sql'

/** The conditions that a grant's row must meet. */
export type Conditions = Partial<Record<'id' | 'userId' | 'clientId' | 'owner', string>>

/** Why a redemption wrote nothing. */
export interface Explanation {
  /** The credential, if the grant has it. */
  oldId: string | null
  /** The first successor of the attempt that won, if one did. */
  winnerId: string | null
}

/** What an access token belongs to. */
export interface AccessToken {
  grantId: string
  /** The credential whose first successor it is, if that credential is still kept. */
  oldId: string | null
  /** Until when that credential is kept. */
  keepUntil: string | null
}

/** What a redemption must take into account on PostgreSQL. */
export interface RedemptionConditions {
  /** Whether the statement is part of a transaction of the caller. */
  joined: boolean
  /**
   * Whether a purge may be removing the credential together with its redemption mark. Its row is
   * locked then: without the row nothing is written.
   */
  mayBePurged: boolean
}

/** The expressions in a statement for the values of a credential. */
type Expressions = Record<keyof NewCredential, string>

/** The values of a credential, or their positions. */
type Values = Record<keyof NewCredential, SqlValue>

const members = ['hash', 'kind', 'data', 'createdAt', 'expiresAt'] as const

/** Returns all values of credentials, in the order in which `credentialsFrom` takes them. */
function valuesOf(given: readonly NewCredential[]): SqlValue[] {
  return given.flatMap((one) => members.map((name) => one[name]))
}

/** Returns the credentials that have those values. */
function credentialsFrom(values: readonly SqlValue[]): Values[] {
  return Array.from({ length: values.length / members.length }, (_, at) => {
    const [hash, kind, data, createdAt, expiresAt] = values.slice(at * members.length) as Five
    return { hash, kind, data, createdAt, expiresAt }
  })
}

type Five = [SqlValue, SqlValue, SqlValue, SqlValue, SqlValue]

/** The expressions by which a successor marks the credential that it claims. */
type Mark = Record<'claims' | 'keepUntil', string>

const ofTable: Expressions = {
  hash: 'v.id',
  kind: 'v.kind',
  data: 'v.data',
  createdAt: 'v.created_at',
  expiresAt: 'v.expires_at',
}

/**
 * Returns the statements on grants and credentials. Each is one operation of the database, so that
 * changes that must happen together are never split.
 */
export function credentialStatements({
  dialect,
  names,
  statement,
}: Pick<Database, 'dialect' | 'names' | 'statement'>) {
  const { credentials, clients: client, users: user } = names
  const { table, column, list, selected } = credentials
  const [id, kind, grantId] = [column('id'), column('kind'), column('grantId')]
  const [claims, ordinal, keepUntil] = [column('claims'), column('ordinal'), column('keepUntil')]
  const readable = selected(credentialColumns)
  const insert = `INSERT INTO ${table} (${list(columns)})`
  // Where foreign keys may be off, a credential may be left whose grant another program has removed.
  const ofGrant = dialect.cascades
    ? ''
    : ` AND EXISTS (SELECT 1 FROM ${table} g WHERE g.${id} = ${table}.${grantId})`
  /**
   * Until when a successor is kept: at least as long as the credential that it claims can be
   * replayed.
   */
  const outlasting = (expiresAt: () => string) =>
    `CASE WHEN o.${keepUntil} IS NULL OR o.${keepUntil} > ${expiresAt()} THEN o.${keepUntil} ELSE ${expiresAt()} END`

  /** Returns the values that are written for a credential, whose grant is that column of `from`. */
  function written(
    given: Expressions,
    from: string,
    grant: string,
    mark: Mark = { claims: 'NULL', keepUntil: given.expiresAt },
  ): string {
    return `SELECT ${given.hash}, ${given.kind}, ${from}.${grant}, ${mark.claims},
      ${from}.${column('clientId')}, ${from}.${column('userId')},
      ${given.data}, ${given.createdAt}, ${given.expiresAt}, ${mark.keepUntil}, NULL, 0`
  }

  /** Returns the parameter of a text of any length. */
  function longText(value: SqlValue, next: Next): string {
    return dialect.needsCast(value) ? dialect.longText(next(value)) : next(value)
  }

  /** Returns a credential's values as parameters. */
  function parameters({ hash, kind, data, createdAt, expiresAt }: Values, next: Next): Expressions {
    return {
      hash: next(hash),
      kind: next(kind),
      data: longText(data, next),
      createdAt: dialect.bigint(next(createdAt)),
      expiresAt: dialect.bigint(next(expiresAt)),
    }
  }

  /** Returns credentials as a derived table with the columns of `ofTable`. */
  function tableOf(given: Values[], next: Next): string {
    const rows = given.map((one) => {
      const { hash, kind, data, createdAt, expiresAt } = parameters(one, next)
      return `SELECT ${hash} AS id, ${kind} AS kind, ${data} AS data, ${createdAt} AS created_at,
        ${expiresAt} AS expires_at`
    })
    return `(${rows.join(' UNION ALL ')}) v`
  }

  /** Returns the same derived table for PostgreSQL, which plans VALUES faster than a UNION. */
  function listedIn(given: Values[], next: Next): string {
    const rows = given.map((one) => {
      const { hash, kind, data, createdAt, expiresAt } = parameters(one, next)
      return `(${hash}, ${kind}, ${data}, ${createdAt}, ${expiresAt})`
    })
    return `(VALUES ${rows.join(', ')}) v (id, kind, data, created_at, expires_at)`
  }

  /** Selects grants after an id, by an index in that order, so that each page costs the same. */
  function grants(
    properties: readonly (keyof CredentialRow)[],
    conditions: Conditions,
    after: string | undefined,
    limit: number,
    lock = '',
  ): Statement {
    return statement((next) => {
      const all = Object.entries(conditions).map(
        ([name, value]) => `${column(name as keyof Conditions)} = ${next(value)}`,
      )
      if (after !== undefined) all.push(`${id} > ${next(after)}`)
      return `SELECT ${selected(properties)} FROM ${table}
        WHERE ${[`${kind} = 'grant'`, ...all].join(' AND ')}
        ORDER BY ${id} ${limitOf(limit)}${lock}`
    })
  }

  /**
   * Inserts the grant and its credentials if the conditions hold. The rows that the conditions read
   * are locked, so that a deletion waits: either it is visible here, or it comes after the insert
   * and revokes the grant. The user's row is locked by its key alone, because MySQL may release
   * rows that the rest of a condition excludes.
   */
  function issueOn(rows: SqlValue[][], clientVersion: string | undefined, grant: Grant): Statement {
    const numbers: ReadonlySet<string> = new Set(['createdAt', 'expiresAt', 'keepUntil', 'ordinal'])
    const typed = (property: string, value: SqlValue, next: Next) => {
      if (numbers.has(property)) return dialect.bigint(next(value))
      return property === 'data' ? longText(value, next) : next(value)
    }
    const row = (values: readonly SqlValue[], next: Next) =>
      columns.map((property, at) => `${typed(property, values[at]!, next)} AS ${column(property)}`)
    const [checksClient, checksUser] = [clientVersion !== undefined, grant.userId !== null]
    return statement.kept(
      `issue ${rows.length} ${checksClient} ${checksUser}`,
      [grant.clientId, clientVersion ?? null, grant.userId, ...rows.flat()],
      ([clientId, version, userId, ...cells], next) => {
        const given = rows.map((_, at) => {
          const values = cells.slice(at * columns.length, (at + 1) * columns.length)
          return `SELECT ${row(values, next).join(', ')}`
        })
        const conditions: string[] = []
        if (checksClient) {
          conditions.push(`EXISTS (SELECT 1 FROM ${client.table}
            WHERE ${client.column('id')} = ${next(clientId!)}
            AND ${client.column('version')} = ${next(version!)}${dialect.share})`)
        }
        if (checksUser) {
          conditions.push(`(SELECT ${user.column('deletedUntil')} FROM ${user.table}
            WHERE ${user.column('id')} = ${next(userId!)}${dialect.share}) IS NULL`)
        }
        return `${insert} SELECT ${columns.map((property) => `v.${column(property)}`).join(', ')}
          FROM (${given.join(' UNION ALL ')}) v WHERE ${conditions.join(' AND ')}`
      },
    )
  }

  /** Selects the values of a successor, if the grant and the credential exist. */
  function successor(one: Values, at: number, old: SqlValue, of: SqlValue, next: Next): string {
    const given = parameters(one, next)
    // A parameter without a number can be used once.
    const expiresAt = () => next(one.expiresAt)
    const mark =
      at === 0
        ? { claims: `o.${id}`, keepUntil: outlasting(expiresAt) }
        : { claims: 'NULL', keepUntil: expiresAt() }
    // Locks the grant's row first, as a revocation does: with the same order there is no deadlock.
    return `${written(given, 'o', grantId, mark)}
      FROM ${table} g ${dialect.inOrder} ${table} o ON o.${grantId} = g.${id}
      WHERE g.${id} = ${next(of)} AND o.${id} = ${next(old)}`
  }

  function redeem(hash: string, grant: string, successors: NewCredential[]): Statement {
    return statement.kept(
      `redeem ${successors.length}`,
      [hash, grant, ...valuesOf(successors)],
      ([old, of, ...values], next) => {
        const rows = credentialsFrom(values).map((one, at) => successor(one, at, old!, of!, next))
        return `${insert} ${rows.join(' UNION ALL ')}`
      },
    )
  }

  /**
   * A conflict is not an error here: the first successor is written or not, and the others are
   * written only if it is. The foreign key locks the grant's row, and its error means that the
   * grant is gone. An error would end a transaction that the store has joined, so there the row is
   * locked before anything is written. There is no join of two tables and no UNION, because planning
   * those takes longer than writing the rows.
   */
  function redeemOnPostgres(
    hash: string,
    grant: string,
    successors: NewCredential[],
    { joined, mayBePurged }: RedemptionConditions,
  ): Statement {
    const grantOf = (of: SqlValue, next: Next) =>
      joined
        ? `(SELECT ${id} FROM ${table} WHERE ${id} = ${next(of)}${dialect.keyShare})`
        : next(of)
    const winning = (first: Values, old: SqlValue, of: SqlValue, next: Next) => {
      const given = parameters(first, next)
      const mark = { claims: `o.${id}`, keepUntil: outlasting(() => given.expiresAt) }
      return `${insert} ${written(given, 'o', grantId, mark)}
        FROM ${table} o WHERE o.${id} = ${next(old)} AND o.${grantId} = ${grantOf(of, next)}
        ${mayBePurged ? dialect.keyShare : ''} ON CONFLICT DO NOTHING`
    }
    return statement.kept(
      `redeem ${successors.length} ${joined} ${mayBePurged}`,
      [hash, grant, ...valuesOf(successors)],
      ([old, of, ...values], next) => {
        const [first, ...others] = credentialsFrom(values)
        const won = winning(first!, old!, of!, next)
        if (others.length === 0) return won
        return `WITH won AS (${won} RETURNING ${list(['grantId', 'clientId', 'userId'])})
          ${insert} ${written(ofTable, 'won', grantId)} FROM won, ${listedIn(others, next)}`
      },
    )
  }

  return {
    /** Writes the grant and its credentials, or nothing if the conditions no longer hold. */
    issue(grant: Grant, given: NewCredential[], { clientVersion }: IssueConditions): Statement {
      const rows = [grantValues(grant), ...given.map((one) => credentialValues(one, grant))]
      if (clientVersion !== undefined || grant.userId !== null) {
        return issueOn(rows, clientVersion, grant)
      }
      return statement(
        (next) => `${insert} VALUES ${rows.map((row) => `(${listOf(row, next)})`).join(', ')}`,
      )
    },

    find(hash: string): Statement {
      return statement.kept(
        'find',
        [hash],
        ([value], next) =>
          `SELECT ${readable} FROM ${table} WHERE ${id} = ${next(value!)}${ofGrant}`,
      )
    },

    /**
     * Writes the successors if the grant and the credential exist and no other attempt has redeemed
     * it.
     */
    redeem: dialect.name === 'postgres' ? redeemOnPostgres : redeem,

    /**
     * Selects why a redemption wrote nothing: an `Explanation`, or no row if the grant does not
     * exist.
     */
    explain(hash: string, grant: string, joined: boolean): Statement {
      return statement(
        (
          next,
        ) => `SELECT o.${id} AS ${dialect.quote('oldId')}, w.${id} AS ${dialect.quote('winnerId')}
          FROM ${table} g
          LEFT JOIN ${table} o ON o.${grantId} = g.${id} AND o.${id} = ${next(hash)}
          LEFT JOIN ${table} w ON w.${claims} = o.${id} AND w.${ordinal} = 0
          WHERE g.${id} = ${next(grant)} AND g.${kind} = 'grant'${joined ? dialect.current : ''}`,
      )
    },

    /**
     * Selects what the first successor of a credential claims: that credential, if it is redeemed.
     */
    claimOn(hash: string): Statement {
      return statement(
        (next) =>
          `SELECT ${selected(['claims'])} FROM ${table} WHERE ${claims} = ${next(hash)} AND ${ordinal} = 0`,
      )
    },

    /** Adds the credentials if the grant exists. */
    extend(grant: string, given: NewCredential[]): Statement {
      return statement(
        (next) => `${insert} ${written(ofTable, 'g', id)}
          FROM (SELECT ${list(['id', 'clientId', 'userId'])} FROM ${table}
            WHERE ${id} = ${next(grant)} AND ${kind} = 'grant'${dialect.keyShare}) g
          CROSS JOIN ${tableOf(given, next)}`,
      )
    },

    /**
     * Removes the grants with those ids and, through the foreign key, their credentials. Where
     * foreign keys may be off, it also names the credentials and returns the kind of each row.
     */
    revoke(ids: string[]): Statement {
      return statement((next) => {
        const grantsOnly = `DELETE FROM ${table} WHERE ${id} IN (${listOf(ids, next)}) AND ${kind} = 'grant'`
        if (dialect.cascades) return grantsOnly
        return `${grantsOnly} OR ${grantId} IN (${listOf(ids, next)}) RETURNING ${selected(['kind'])}`
      })
    },

    listGrants: (conditions: Conditions, after: string | undefined, limit: number): Statement =>
      grants(grantColumns, conditions, after, limit),

    /**
     * Selects grants to revoke, including those that were issued after a joined transaction began.
     */
    listIds: (
      conditions: Conditions,
      after: string | undefined,
      limit: number,
      joined: boolean,
    ): Statement => grants(['id'], conditions, after, limit, joined ? dialect.current : ''),

    /**
     * Selects an `AccessToken`, with the credential that it is a redemption mark of, if that is still
     * kept.
     */
    accessToken(hash: string): Statement {
      return statement(
        (next) => `SELECT ${selected(['grantId'], 't')}, o.${id} AS ${dialect.quote('oldId')},
            ${selected(['keepUntil'], 'o')}
          FROM ${table} t LEFT JOIN ${table} o ON o.${id} = t.${claims} AND t.${ordinal} = 0
          WHERE t.${id} = ${next(hash)} AND t.${kind} = 'access'`,
      )
    },

    removeAccessToken(hash: string): Statement {
      return statement(
        (next) => `DELETE FROM ${table} WHERE ${id} = ${next(hash)} AND ${kind} = 'access'`,
      )
    },

    /**
     * Turns an access token into a redemption mark, which is kept as long as the credential that it
     * marks.
     */
    hideAccessToken(hash: string, until: string | null): Statement {
      return statement(
        (
          next,
        ) => `UPDATE ${table} SET ${kind} = 'revoked', ${keepUntil} = ${dialect.bigint(next(until))}
          WHERE ${id} = ${next(hash)} AND ${kind} = 'access'`,
      )
    },
  }
}
