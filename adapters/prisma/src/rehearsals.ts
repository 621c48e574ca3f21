import { randomBytes } from 'node:crypto'
import type { Finding } from '@oauth2-kit/core'
import type { Database } from './database'
import {
  CharacterSetError,
  DuplicateError,
  isMissingParent,
  isMissingValue,
  withoutValues,
} from './errors'
import { credentialFields } from './fields'
import { credentialRow, grantRow, successorRows } from './rows'
import type { CredentialRow, Models, UserRow } from './schema'

const fix = 'Run oauth.sql or an equivalent migration'

/**
 * Returns the checks of what the tables must do. Each runs in a transaction that is rolled back.
 */
export function rehearsals(database: Database): (() => Promise<Finding | null>)[] {
  const { rehearse, names } = database

  /** Returns a check that resolves with a finding unless the database refuses the rows. */
  function refuses(problem: string, rows: (grant: SomeGrant) => CredentialRow[]) {
    return async () => {
      const grant = someGrant()
      try {
        await rehearse(async ({ credentials }) => {
          await credentials.createMany({ data: [...grant.rows, ...rows(grant)] })
        })
      } catch (error) {
        if (error instanceof DuplicateError || isMissingParent(error)) return null
        throw error
      }
      return { problem, fix }
    }
  }

  /** Returns a check that resolves with a finding unless `act` resolves with true. */
  function shows(problem: string, act: (models: Models, grant: SomeGrant) => Promise<boolean>) {
    return async () => {
      const grant = someGrant()
      const isSo = await rehearse(async (models) => {
        await models.credentials.createMany({ data: grant.rows })
        return act(models, grant)
      })
      return isSo ? null : { problem, fix }
    }
  }

  return [
    refuses('No unique index on "claims" and "ordinal": a code could be redeemed twice', (one) => [
      one.successor(),
      one.successor(),
    ]),
    refuses(
      'No foreign key on "grantId": a rotation could outlive the revocation of its grant',
      (one) => [{ ...one.old, id: `${one.unknown} next`, grantId: one.unknown }],
    ),
    shows(
      'The unique index on "claims" lacks "ordinal": a credential could not have two successors',
      async ({ credentials }, { successors }) => {
        try {
          await credentials.createMany({ data: successors(2) })
          return true
        } catch (error) {
          if (withoutValues(error) instanceof DuplicateError) return false
          throw error
        }
      },
    ),
    shows(
      'The foreign key on "grantId" is not ON DELETE CASCADE: a grant cannot be revoked',
      async ({ credentials }, { rows: [root, ...members] }) => {
        await credentials.deleteMany({ where: { id: root.id } })
        const where = { id: { in: members.map(({ id }) => id) } }
        return (await credentials.findMany({ where, select: { id: true } })).length === 0
      },
    ),
    shows(
      "Ids are not compared byte for byte: another user's grants could be read or revoked",
      async ({ credentials }, { old }) => {
        const near = [
          old.clientId.toUpperCase(),
          `${old.clientId} `,
          old.clientId.replace('e', 'é'),
        ]
        const where = { clientId: { in: near } }
        return (await credentials.findMany({ where, select: { id: true } })).length === 0
      },
    ),
    shows(
      'Text is not stored unchanged: the columns need a character set with all of Unicode',
      async ({ credentials }, { successor }) => {
        const row = { ...successor(), data: 'ü ✓ 𝄞' }
        try {
          await credentials.createMany({ data: [row] })
        } catch (error) {
          if (withoutValues(error) instanceof CharacterSetError) return false
          throw error
        }
        return (
          (await credentials.findUnique({ where: { id: row.id }, select: credentialFields }))
            ?.data === row.data
        )
      },
    ),
    ...(names.users === null ? [] : [namesAreUnique(database), deletedUsersStay(database)]),
  ]
}

function namesAreUnique({ rehearse }: Database) {
  return async () => {
    const username = randomBytes(16).toString('hex')
    const rows = [aUser({ username }), aUser({ username })]
    try {
      await rehearse(({ users }) => users.createMany({ data: rows }))
    } catch (error) {
      if (error instanceof DuplicateError) return null
      throw error
    }
    return { problem: 'No unique index on "username": two users could have the same name', fix }
  }
}

function deletedUsersStay({ rehearse }: Database) {
  return async () => {
    const rows = [aUser({ deletedUntil: 1n }), aUser({ deletedUntil: 1n })]
    try {
      await rehearse(({ users }) => users.createMany({ data: rows }))
      return null
    } catch (error) {
      if (!(error instanceof DuplicateError) && !isMissingValue(error)) throw error
      const problem =
        'The column of "username" refuses NULL, or a second NULL: a user can\'t be deleted'
      return { problem, fix }
    }
  }
}

/** Returns a user with a random id, which no other user has. */
function aUser(differences: Partial<UserRow>): UserRow {
  const id = `check ${randomBytes(32).toString('hex')}`
  const nothing = { version: '', username: null, passwordHash: '', data: null, deletedUntil: null }
  return { id, ...nothing, ...differences }
}

type SomeGrant = ReturnType<typeof someGrant>

function aCredential() {
  return {
    hash: randomBytes(32).toString('hex'),
    kind: 'refresh' as const,
    createdAt: 0,
    expiresAt: null,
    data: '{}',
  }
}

/** Returns a grant with one credential. Both have random ids, which no other grant has. */
function someGrant() {
  const unknown = randomBytes(32).toString('hex')
  const grant = {
    id: `check ${unknown}`,
    clientId: `check ${unknown}`,
    userId: null,
    createdAt: 0,
    data: '{}',
  }
  const credential = aCredential()
  const old = credentialRow(credential, grant)
  const rows: [CredentialRow, CredentialRow] = [grantRow(grant), old]
  const successors = (count: number) =>
    successorRows({ ...credential, grant }, Array.from({ length: count }, aCredential))
  return {
    unknown,
    old,
    rows,
    successors,
    successor: () => successors(1)[0]!,
  }
}
