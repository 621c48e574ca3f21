import { hashTaken } from '@oauth2-kit/core/store-kit'
import type { Credential, Grant, Store } from '@oauth2-kit/core'
import { type State, addedOf, adding, complete, pathOf } from './additions'
import { type Write, addAnswer, apart, findAnswer } from './answers'
import type { Collections } from './collections'
import { inserting, keepsChanging, mostTries, writing } from './errors'
import { namesOf, pastId } from './keys'
import { neverEnded, remember } from './known'
import { redeem } from './redeem'
import { type Owner, toCredential, toDocument } from './rows'
import { expiredBefore, tidy, untidyBefore } from './tidy'
import type {
  AnswerDocument,
  ClientDocument,
  GrantDocument,
  PastDocument,
  TokenRow,
  UserDocument,
} from './schema'

/** The methods that issue, find, redeem and extend. */
export function credentialMethods(
  collections: () => Collections | Promise<Collections>,
  retentionMs: number,
): Pick<Store, 'issue' | 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  /**
   * Resolves with the document that contains a hash, and the row of the credential in it. Takes one
   * command, by the unique index.
   */
  async function look(hash: string) {
    const { grants, current } = await collections()
    const { id, key } = namesOf(hash)
    // The index has the plain id before the one in a document of the past. A credential that is
    // being moved is in at least one of them while they are read in this order.
    const either = { $in: [id, pastId(id)] }
    const projection = { ...members, [pathOf(key)]: 1 }
    const found = await current((options) =>
      grants.findOne<Found>({ hashes: either }, { projection, ...options }),
    )
    return found && { found, row: found.tokens?.[key] }
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
      const { found, row } = (await look(hash)) ?? {}
      if (found?.attempts) return findAnswer(await collections(), hash, found)
      if (!found || !row || row.x) return null
      if (found.grantId !== undefined) {
        return findPast(await collections(), hash, row, found.grantId)
      }
      const credential = toCredential(hash, row, found)
      // Access tokens are not redeemed.
      if (row.k !== undefined) {
        remember(credential, { predecessor: row.p, neverEnds: found.expiresAt === null })
      }
      return credential
    },

    async redeem(old, successors) {
      return redeem(await collections(), old, successors, retentionMs)
    },

    async isRedeemed({ hash }) {
      const { row } = (await look(hash)) ?? {}
      return row?.b !== undefined
    },

    async extend(grant, credentials) {
      const known = await collections()
      const { answers, others } = apart(credentials)
      const added = others.map(addedOf)
      const expired = expiredBefore(credentials, retentionMs)
      const state: State = { neverEnds: neverEnded(grant), untidyBefore: untidyBefore(expired) }
      for (let tries = 1; ; tries++) {
        const { filter, update } = adding(grant.id, added, state)
        if (answers.length > 0) update.$set['beside'] = true
        const writes: Write[] = [
          ...answers.map((answer) => addAnswer(grant, answer)),
          { updateOne: { filter, update: complete(update) } },
        ]
        if (await writing(extendBy(known, writes))) return 'extended'
        const found = await known.grants.findOne(
          { _id: grant.id },
          { projection: { tokens: 1, expiresAt: 1 } },
        )
        if (!found) return 'revoked'
        if (added.some(({ key }) => found.tokens[key])) throw hashTaken()
        if (tries === mostTries) throw keepsChanging()
        const neverEnds = found.expiresAt === null
        if (state.neverEnds === neverEnds) {
          await tidy(known, grant.id, expired, [])
          // A credential that has expired stays if it is the last one.
          state.untidyBefore = null
        }
        state.neverEnds = neverEnds
      }
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

/** The members that are read of the document with a credential, besides the credential itself. */
const members = { clientId: 1, userId: 1, expiresAt: 1, grantId: 1, of: 1, attempts: 1 } as const

/** A document with a credential in it: a grant, or one of the documents beside a grant. */
type Found = Owner &
  Partial<Pick<GrantDocument, 'tokens' | 'expiresAt'>> &
  (
    | { grantId?: undefined; attempts?: undefined }
    | (Pick<PastDocument, 'grantId'> & { attempts?: undefined })
    | AnswerDocument
  )

async function findPast(
  { grants, current }: Collections,
  hash: string,
  row: TokenRow,
  grantId: string,
): Promise<Credential | null> {
  const owner = await current((options) =>
    grants.findOne<GrantDocument>(
      { _id: grantId },
      { projection: { clientId: 1, userId: 1 }, ...options },
    ),
  )
  return owner && toCredential(hash, row, owner)
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
