import { hashTaken } from '@oauth2-kit/core/store-kit'
import type { Credential, Grant, Store } from '@oauth2-kit/core'
import { addAnswer, apart, findAnswer, type Write } from './answers'
import type { Collections } from './collections'
import { inserting, writing } from './errors'
import { pastHash } from './past'
import * as pipeline from './pipeline'
import { redeem } from './redeem'
import { type Owner, toCredential, toDocument, toRow } from './rows'
import type {
  AnswerDocument,
  ClientDocument,
  CredentialRow,
  GrantDocument,
  PastDocument,
  UserDocument,
} from './schema'
import { trimFor, trimmedIfFull } from './trim'

/** The methods that issue, find, redeem and extend. */
export function credentialMethods(
  collections: () => Collections | Promise<Collections>,
  retentionMs: number,
): Pick<Store, 'issue' | 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  /** Resolves with the document that contains a hash. Takes one command, by the unique index. */
  async function look(hash: string) {
    const { grants, current } = await collections()
    // The index has the plain hash before the one in a document of the past. A credential that is
    // being moved is in at least one of them while they are read in this order.
    const either = { $in: [hash, pastHash(hash)] }
    return current((options) =>
      grants.findOne<Found>(
        { 'credentials.hash': either },
        {
          projection: {
            clientId: 1,
            userId: 1,
            grantId: 1,
            of: 1,
            attempts: 1,
            credentials: { $elemMatch: { hash: either } },
          },
          ...options,
        },
      ),
    )
  }

  return {
    async issue(grant, credentials, { clientVersion }) {
      const known = await collections()
      const { grants } = known
      await inserting(grants.insertOne(toDocument(grant, credentials)))
      // A deletion removes the client, or marks the user, before it removes grants. So either it
      // finds this grant, or the check below finds the deletion.
      try {
        if (await hold(known, grant, clientVersion)) return 'issued'
      } catch (error) {
        // It is unknown whether the conditions hold. No token has been handed out, so remove the
        // grant.
        await grants.deleteOne({ _id: grant.id }).catch(() => {})
        throw error
      }
      await grants.deleteOne({ _id: grant.id })
      return 'refused'
    },

    async find(hash) {
      const found = await look(hash)
      const row = found?.credentials[0]
      if (!found || !row || row.revoked) return null
      if (found.grantId === undefined) return toCredential(row, found)
      if (found.attempts) return findAnswer(await collections(), hash, found)
      return findPast(await collections(), hash, row, found.grantId)
    },

    async redeem(old, successors) {
      return redeem(await collections(), old, successors, retentionMs)
    },

    async isRedeemed({ hash }) {
      const found = await look(hash)
      return found?.credentials[0]?.by !== undefined
    },

    async extend(grant, credentials) {
      const known = await collections()
      const { answers, others } = apart(credentials)
      const rows = others.map(toRow)
      const hashes = rows.map(({ hash }) => hash)
      const trim = trimFor(credentials, hashes, retentionMs)
      const write = (trims: boolean) => {
        const isNew = { _id: grant.id, 'credentials.hash': { $nin: hashes } }
        const update = pipeline.extend(rows)
        if (trims) update.push(...trim.stages)
        if (answers.length > 0) update.push(pipeline.besides)
        const filter = trims ? isNew : { ...isNew, ...trim.notDue }
        const added = answers.map((answer) => addAnswer(grant, answer))
        return extendBy(known, [...added, { updateOne: { filter, update } }])
      }
      const outcome = async (trims: boolean): Promise<'extended' | 'revoked'> => {
        if (await writing(trimmedIfFull(write, trims))) return 'extended'
        const found = await known.grants.findOne<Pick<GrantDocument, 'credentials'>>(
          { _id: grant.id },
          { projection: { credentials: pipeline.some(hashes) } },
        )
        if (!found) return 'revoked'
        if (trims || found.credentials.length > 0) throw hashTaken()
        return outcome(true)
      }
      return outcome(false)
    },
  }
}

/**
 * Does the writes of an `extend`, the last of which is on the grant, in one command. Resolves with
 * whether the grant was found. Removes the answers that were added unless everything is written.
 */
async function extendBy({ grants, answers }: Collections, writes: Write[]): Promise<boolean> {
  const undo = async (added: object | undefined) => {
    const ids = Object.values(added ?? {}) as AnswerDocument['_id'][]
    if (ids.length > 0) await answers.deleteMany({ _id: { $in: ids } })
  }
  try {
    const result = await grants.bulkWrite(writes, { ordered: true })
    const isFound = result.matchedCount + result.upsertedCount === writes.length
    if (!isFound) await undo(result.upsertedIds)
    return isFound
  } catch (error) {
    await undo((error as { upsertedIds?: object }).upsertedIds)
    throw error
  }
}

/** A document with a credential in it: a grant, or one of the documents beside a grant. */
type Found = Owner & { credentials: CredentialRow[] } & (
    | { grantId?: undefined; attempts?: undefined }
    | (Pick<PastDocument, 'grantId'> & { attempts?: undefined })
    | AnswerDocument
  )

async function findPast(
  { grants, current }: Collections,
  hash: string,
  row: CredentialRow,
  grantId: string,
): Promise<Credential | null> {
  const owner = await current((options) =>
    grants.findOne<GrantDocument>(
      { _id: grantId },
      { projection: { clientId: 1, userId: 1 }, ...options },
    ),
  )
  return owner && toCredential({ ...row, hash }, owner)
}

/**
 * Resolves with whether the client has that version and the user is not marked as deleted. Takes
 * one command.
 */
async function hold(
  { clients, users }: Collections,
  { clientId, userId }: Grant,
  clientVersion: string | undefined,
): Promise<boolean> {
  const client = [{ $match: { _id: clientId } }, { $project: { version: 1 } }]
  const user = [{ $match: { _id: userId } }, { $project: { deletedUntil: 1 } }]
  if (clientVersion === undefined) {
    if (userId === null) return true
    const [found] = await users.aggregate<UserDocument>(user).toArray()
    return found?.deletedUntil === undefined
  }
  const marks = { $unionWith: { coll: users.collectionName, pipeline: user } }
  const found = await clients
    .aggregate<ClientDocument | UserDocument>(userId === null ? client : [...client, marks])
    .toArray()
  return (
    found.some(({ version }) => version === clientVersion) &&
    !found.some((one) => 'deletedUntil' in one)
  )
}
