import { withCode } from '@oauth2-kit/core/store-kit'
import type { Credential, NewCredential, Redemption } from '@oauth2-kit/core'
import { type Write, apart, forgetAnswers, keepAnswer } from './answers'
import type { Collections } from './collections'
import { assertDistinct, hashTaken, isDuplicateId, isText, writing } from './errors'
import { moveRedeemed, mostRedeemed, pastHash } from './past'
import * as pipeline from './pipeline'
import { toRow } from './rows'
import type { CredentialRow, GrantDocument } from './schema'

const mostTries = 10
/** The first try may make the document of the answer at the same moment as another attempt. */
const answerTries = 3

/** Redeems a credential: one command for the attempt that wins, the others also read why not. */
export async function redeem(
  collections: Collections,
  old: Credential,
  successors: NewCredential[],
  retentionMs: number,
): Promise<Redemption> {
  const { hash, grant } = old
  if (!isText(grant.id)) return { status: 'revoked' }
  const { answers, others } = apart(successors)
  const [first] = others
  if (!first)
    throw withCode(
      'OAUTH2_KIT_OPTION',
      new TypeError('A credential is redeemed for one successor at least'),
    )
  assertDistinct(successors)
  const attempt: Attempt = {
    hash,
    rows: others.map(toRow),
    answers: answers.map((answer) => keepAnswer(old, answer, first.hash)),
    horizon: horizonOf(successors, retentionMs),
  }
  for (let tries = 1; ; tries++) {
    if (isText(hash) && (await writing(isWritten(collections, grant.id, attempt)))) {
      return { status: 'redeemed' }
    }
    const verdict = await verdictOf(collections, grant.id, attempt)
    if (verdict) {
      if (verdict.status !== 'redeemed') await forgetAnswers(collections, answers, first.hash)
      return verdict
    }
    if (tries === mostTries)
      throw withCode(
        'OAUTH2_KIT_CONFLICT',
        new Error('The grant is being changed all the time: try again'),
      )
    await moveRedeemed(collections, grant.id)
  }
}

/** Before when something must have expired for it to go: by the time that the core has told. */
export function horizonOf(added: readonly NewCredential[], retentionMs: number): number {
  return Math.max(...added.map(({ createdAt }) => createdAt)) - retentionMs
}

/**
 * Makes writes in the collection of grants, in their order, in one command; the last of them is on a
 * grant. Returns whether it found it.
 */
export async function writeInOrder({ grants }: Collections, writes: Write[]): Promise<boolean> {
  const { matchedCount, upsertedCount } = await grants.bulkWrite(writes, { ordered: true })
  return matchedCount + upsertedCount === writes.length
}

interface Attempt {
  hash: string
  rows: CredentialRow[]
  answers: Write[]
  horizon: number
}

async function isWritten(
  collections: Collections,
  grantId: string,
  { hash, rows, answers, horizon }: Attempt,
): Promise<boolean> {
  const filter = {
    _id: grantId,
    credentials: {
      $elemMatch: { hash, by: { $exists: false }, revoked: { $exists: false } },
    },
    // The unique index says nothing about one document.
    'credentials.hash': { $nin: rows.map((row) => row.hash) },
    redeemed: { $lt: mostRedeemed },
  }
  const update = pipeline.redeem(hash, rows, horizon)
  if (answers.length === 0) {
    const { matchedCount } = await collections.grants.updateOne(filter, update)
    return matchedCount === 1
  }
  const last = { updateOne: { filter, update: [...update, pipeline.besides] } }
  const writes = [...answers, last]
  for (let tries = 1; ; tries++) {
    try {
      return await writeInOrder(collections, writes)
    } catch (error) {
      if (tries === answerTries || !isDuplicateId(error)) throw error
    }
  }
}

/** What became of an attempt that changed nothing; `null` = it may be made again. */
async function verdictOf(
  { grants, past }: Collections,
  grantId: string,
  { hash, rows }: Attempt,
): Promise<Redemption | null> {
  const hashes = rows.map((row) => row.hash)
  const found = await grants.findOne<Pick<GrantDocument, 'credentials'>>(
    { _id: grantId },
    { projection: { credentials: pipeline.some([hash, ...hashes].filter(isText)) } },
  )
  if (!found) return { status: 'revoked' }
  if (!isText(hash)) return { status: 'unknown' }
  const by = hashes[0]
  const inGrant = found.credentials.find((row) => row.hash === hash)
  if (inGrant?.by) return { status: inGrant.by === by ? 'redeemed' : 'replayed' }
  if (inGrant?.revoked) return { status: 'unknown' }
  if (inGrant) {
    if (found.credentials.some((row) => hashes.includes(row.hash))) throw hashTaken()
    return null
  }
  const moved = await past.findOne(
    { 'credentials.hash': pastHash(hash), grantId },
    { projection: { credentials: { $elemMatch: { hash: pastHash(hash) } } } },
  )
  const row = moved?.credentials[0]
  if (!row?.by) return { status: 'unknown' }
  return { status: row.by === by ? 'redeemed' : 'replayed' }
}
