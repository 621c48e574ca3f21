import type { Grant, NewCredential, Page } from '@oauth2-kit/core'
import type { DataSource } from 'typeorm'
import { engineOf } from './engine'
import { metadataOf } from './metadata'
import { assertKeys, columns, credentialValues, grantValues } from './rows'
import type { CredentialRow, TableNames } from './schema'
import { type Next, type Statement, listOf, namesOf, statement } from './sql'

/** What a grant's row must have to be meant. */
export type Conditions = Partial<Record<'id' | 'userId' | 'clientId', string>>

/** Why a redemption wrote nothing: the columns are those of the successor that won, if one did. */
export interface Explanation extends CredentialRow {
  /** The credential, if the grant has it. */
  oldId: string | null
}

/** What an access token is part of. */
export interface AccessToken {
  grantId: string
  /** What it is the first successor of, if that is still kept. */
  oldId: string | null
  /** Until when that is kept. */
  keepUntil: string | null
}

/** What stands in a statement for the values of a credential. */
type Expressions = Record<keyof NewCredential, string>

/** What a successor says of the credential that it claims. */
type Mark = Record<'claims' | 'keepUntil', string>

const ofTable: Expressions = {
  hash: 'v.id',
  kind: 'v.kind',
  data: 'v.data',
  createdAt: 'v.created_at',
  expiresAt: 'v.expires_at',
}

/**
 * The statements on grants and credentials. Each is one operation of the database: what must happen
 * at once is not split.
 */
export function credentialStatements(dataSource: DataSource, { credentials }: TableNames) {
  const engine = engineOf(dataSource)
  const names = namesOf<keyof CredentialRow>(dataSource, metadataOf(dataSource, credentials))
  const { table, column, list, selected } = names
  const [id, kind, grantId] = [column('id'), column('kind'), column('grantId')]
  const [claims, keepUntil] = [column('claims'), column('keepUntil')]
  const escape = (name: string) => dataSource.driver.escape(name)
  const insert = `INSERT INTO ${table} (${list(columns)})`
  const [findSql] = statement(
    dataSource,
    (next) => `SELECT ${selected(columns)} FROM ${table} WHERE ${id} = ${next('')}`,
  )
  const [claimSql] = statement(
    dataSource,
    (next) => `SELECT ${selected(['claims'])} FROM ${table} WHERE ${claims} = ${next('')}`,
  )

  /** Until when a successor is kept: as long as what it claims could come again. */
  const outlasting = (expiresAt: string) =>
    `CASE WHEN o.${keepUntil} IS NULL OR o.${keepUntil} > ${expiresAt} THEN o.${keepUntil} ELSE ${expiresAt} END`

  /** What is written of a credential, whose grant is that column of `from`. */
  function written(
    given: Expressions,
    from: string,
    grant: string,
    mark: Mark = { claims: 'NULL', keepUntil: given.expiresAt },
  ): string {
    return `SELECT ${given.hash}, ${given.kind}, ${from}.${grant}, ${mark.claims},
      ${from}.${column('clientId')}, ${from}.${column('userId')},
      ${given.data}, ${given.createdAt}, ${given.expiresAt}, ${mark.keepUntil}`
  }

  /** A credential's values, as parameters. */
  function parameters(credential: NewCredential, next: Next): Expressions {
    const { hash, kind, data, createdAt, expiresAt } = credential
    assertKeys({ hash })
    return {
      hash: next(hash),
      kind: next(kind),
      data: next(data),
      createdAt: engine.bigint(next(createdAt)),
      expiresAt: engine.bigint(next(expiresAt)),
    }
  }

  /** Credentials as a table of their own, whose columns are `ofTable`. */
  function tableOf(given: NewCredential[], next: Next): string {
    const rows = given.map((one, at) => {
      const { hash, kind, data, createdAt, expiresAt } = parameters(one, next)
      return `SELECT ${hash} AS id, ${kind} AS kind, ${data} AS data, ${createdAt} AS created_at,
        ${expiresAt} AS expires_at, ${at === 0 ? 1 : 0} AS is_first`
    })
    return `(${rows.join(' UNION ALL ')}) v`
  }

  function isGrant(conditions: Conditions, next: Next): string {
    const all = Object.entries(conditions).map(
      ([name, value]) => `${column(name as keyof Conditions)} = ${next(value)}`,
    )
    return [`${kind} = 'grant'`, ...all].join(' AND ')
  }

  function redeem(hash: string, grant: string, successors: NewCredential[]): Statement {
    const isFirst = {
      claims: `CASE WHEN v.is_first = 1 THEN o.${id} END`,
      keepUntil: `CASE WHEN v.is_first = 1 THEN ${outlasting(ofTable.expiresAt)} ELSE ${ofTable.expiresAt} END`,
    }
    // The grant's row first, as a revocation does it: who locks in one order can't deadlock.
    return statement(
      dataSource,
      (next) => `${insert} ${written(ofTable, 'o', grantId, isFirst)}
        FROM ${table} g
        ${engine.inOrder} ${table} o ON o.${grantId} = g.${id}
        ${engine.inOrder} ${tableOf(successors, next)}
        WHERE g.${id} = ${next(grant)} AND o.${id} = ${next(hash)}`,
    )
  }

  /**
   * A conflict is no error here: the first successor is written or not, and the others follow from
   * it. The foreign key locks the grant's row, and its error says that the grant is gone; as an
   * error ends the transaction that the store may have joined, the row is locked before anything is
   * written there. No join and no table of the successors: to plan those takes longer than to write
   * the rows.
   */
  function redeemOnPostgres(
    hash: string,
    grant: string,
    [first, ...others]: NewCredential[],
    joined: boolean,
  ): Statement {
    const ofGrant = (next: Next) =>
      joined
        ? `(SELECT ${id} FROM ${table} WHERE ${id} = ${next(grant)}${engine.keyShare})`
        : next(grant)
    const winning = (next: Next) => {
      const given = parameters(first!, next)
      const mark = { claims: `o.${id}`, keepUntil: outlasting(given.expiresAt) }
      return `${insert} ${written(given, 'o', grantId, mark)}
        FROM ${table} o WHERE o.${id} = ${next(hash)} AND o.${grantId} = ${ofGrant(next)}
        ON CONFLICT DO NOTHING`
    }
    if (others.length === 0) return statement(dataSource, winning)
    const following = (next: Next) =>
      others.map((one) => `${written(parameters(one, next), 'won', grantId)} FROM won`)
    return statement(
      dataSource,
      (next) => `WITH won AS (${winning(next)} RETURNING ${list(['grantId', 'clientId', 'userId'])})
        ${insert} ${following(next).join(' UNION ALL ')}`,
    )
  }

  return {
    issue(grant: Grant, given: NewCredential[]): Statement {
      const rows = [grantValues(grant), ...given.map((one) => credentialValues(one, grant))]
      return statement(
        dataSource,
        (next) => `${insert} VALUES ${rows.map((row) => `(${listOf(row, next)})`).join(', ')}`,
      )
    },

    find: (hash: string): Statement => [findSql, [hash]],

    /** Writes the successors if grant and credential are there and nobody else has redeemed it. */
    redeem: engine.name === 'postgres' ? redeemOnPostgres : redeem,

    /** Why a redemption wrote nothing: an `Explanation`, or no row if there is no grant. */
    explain(hash: string, grant: string, joined: boolean): Statement {
      return statement(
        dataSource,
        (next) => `SELECT o.${id} AS ${escape('oldId')},
            ${selected(columns, 'w')}
          FROM ${table} g
          LEFT JOIN ${table} o ON o.${grantId} = g.${id} AND o.${id} = ${next(hash)}
          LEFT JOIN ${table} w ON w.${claims} = o.${id}
          WHERE g.${id} = ${next(grant)} AND g.${kind} = 'grant'${joined ? engine.current : ''}`,
      )
    },

    /** What the first successor of a credential claims: that very credential, if there is one. */
    claimOn: (hash: string): Statement => [claimSql, [hash]],

    /** Adds the credentials if the grant is there. */
    extend(grant: string, given: NewCredential[]): Statement {
      return statement(
        dataSource,
        (next) => `${insert} ${written(ofTable, 'g', id)}
          FROM (SELECT ${list(['id', 'clientId', 'userId'])} FROM ${table}
            WHERE ${id} = ${next(grant)} AND ${kind} = 'grant'${engine.keyShare}) g
          CROSS JOIN ${tableOf(given, next)}`,
      )
    },

    /** Removes the grants and, by the foreign key, all that comes from them. */
    revoke(conditions: Conditions): Statement {
      return statement(
        dataSource,
        (next) => `DELETE FROM ${table} WHERE ${isGrant(conditions, next)}`,
      )
    },

    listGrants(conditions: Conditions, { after = '', limit }: Page): Statement {
      return statement(
        dataSource,
        (next) => `SELECT ${selected(columns)} FROM ${table}
          WHERE ${isGrant(conditions, next)} AND ${id} > ${next(after)}
          ORDER BY ${id} LIMIT ${next(limit)}`,
      )
    },

    /** An `AccessToken`, with what it is a mark of, if that is still kept. */
    accessToken(hash: string): Statement {
      return statement(
        dataSource,
        (next) => `SELECT ${selected(['grantId'], 't')}, o.${id} AS ${escape('oldId')},
            ${selected(['keepUntil'], 'o')}
          FROM ${table} t LEFT JOIN ${table} o ON o.${id} = t.${claims}
          WHERE t.${id} = ${next(hash)} AND t.${kind} = 'access'`,
      )
    },

    removeAccessToken(hash: string): Statement {
      return statement(
        dataSource,
        (next) => `DELETE FROM ${table} WHERE ${id} = ${next(hash)} AND ${kind} = 'access'`,
      )
    },

    /** Leaves of an access token what it is a mark of, as long as that is kept. */
    hideAccessToken(hash: string, until: string | null): Statement {
      return statement(
        dataSource,
        (
          next,
        ) => `UPDATE ${table} SET ${kind} = 'revoked', ${keepUntil} = ${engine.bigint(next(until))}
          WHERE ${id} = ${next(hash)} AND ${kind} = 'access'`,
      )
    },
  }
}
