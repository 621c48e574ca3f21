import { firstSuccessor, hashTaken, withCode } from '@oauth2-kit/core/store-kit'
import type { Credential, NewCredential, Redemption } from '@oauth2-kit/core'
import { type Write, apart, forgetAnswers, keepAnswer } from './answers'
import type { Collections } from './collections'
import { isDuplicateId, writing } from './errors'
import { moveRedeemed, mostRedeemed, pastHash } from './past'
import * as pipeline from './pipeline'
import { toRow } from './rows'
import type { CredentialRow, GrantDocument } from './schema'
import { type Trim, trimFor, trimmedIfFull } from './trim'

const mostTries = 10
/**
 * The first try can fail because another attempt creates the document of the answer at the same
 * moment.
 */
const answerTries = 3

/**
 * Redeems a credential. The attempt that wins takes one command; the others also read why they
 * lost.
 */
export async function redeem(
  collections: Collections,
  old: Credential,
  successors: NewCredential[],
  retentionMs: number,
): Promise<Redemption> {
  const { hash, grant } = old
  const { answers, others } = apart(successors)
  const first = firstSuccessor(others)
  const attempt: Attempt = {
    hash,
    rows: others.map(toRow),
    answers: answers.map((answer) => keepAnswer(old, answer, first.hash)),
    trim: trimFor(successors, [hash, ...others.map((one) => one.hash)], retentionMs),
  }
  const write = (trims: boolean) => isWritten(collections, grant.id, attempt, trims)
  for (let tries = 1; ; tries++) {
    if (await writing(trimmedIfFull(write, tries > 1))) return { status: 'redeemed' }
    const verdict = await verdictOf(collections, grant.id, attempt)
    if (typeof verdict === 'object') {
      if (verdict.status !== 'redeemed') await forgetAnswers(collections, answers, first.hash)
      return verdict
    }
    if (tries === mostTries)
      throw withCode(
        'OAUTH2_KIT_CONFLICT',
        new Error('Other requests keep changing the grant: try again'),
      )
    if (verdict === 'full') await moveRedeemed(collections, grant.id)
  }
}

/**
 * Runs writes on the collection of grants, in order and in one command. The last one is on a grant.
 * Resolves with whether that grant was found.
 */
async function writeInOrder({ grants }: Collections, writes: Write[]): Promise<boolean> {
  const { matchedCount, upsertedCount } = await grants.bulkWrite(writes, { ordered: true })
  return matchedCount + upsertedCount === writes.length
}

interface Attempt {
  hash: string
  rows: CredentialRow[]
  answers: Write[]
  trim: Trim
}

async function isWritten(
  collections: Collections,
  grantId: string,
  { hash, rows, answers, trim }: Attempt,
  trims: boolean,
): Promise<boolean> {
  const filter = {
    _id: grantId,
    credentials: {
      $elemMatch: { hash, by: { $exists: false }, revoked: { $exists: false } },
    },
    // The unique index does not prevent duplicates within one document.
    'credentials.hash': { $nin: rows.map((row) => row.hash) },
    redeemed: { $lt: mostRedeemed },
    ...(!trims && trim.notDue),
  }
  const update = pipeline.redeem(hash, rows)
  if (trims) update.push(...trim.stages)
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

/**
 * Resolves with the outcome of an attempt that changed nothing, or with why it can be repeated: the
 * grant has too many redeemed credentials (`full`), or perhaps too many expired ones (`again`).
 */
async function verdictOf(
  { grants, past }: Collections,
  grantId: string,
  { hash, rows }: Attempt,
): Promise<Redemption | 'full' | 'again'> {
  const hashes = rows.map((row) => row.hash)
  const found = await grants.findOne<Pick<GrantDocument, 'credentials' | 'redeemed'>>(
    { _id: grantId },
    { projection: { credentials: pipeline.some([hash, ...hashes]), redeemed: 1 } },
  )
  if (!found) return { status: 'revoked' }
  const by = hashes[0]
  const inGrant = found.credentials.find((row) => row.hash === hash)
  if (inGrant?.by) return { status: inGrant.by === by ? 'redeemed' : 'replayed' }
  if (inGrant?.revoked) return { status: 'unknown' }
  if (inGrant) {
    if (found.credentials.some((row) => hashes.includes(row.hash))) throw hashTaken()
    return found.redeemed < mostRedeemed ? 'again' : 'full'
  }
  const moved = await past.findOne(
    { 'credentials.hash': pastHash(hash), grantId },
    { projection: { credentials: { $elemMatch: { hash: pastHash(hash) } } } },
  )
  const row = moved?.credentials[0]
  if (!row?.by) return { status: 'unknown' }
  return { status: row.by === by ? 'redeemed' : 'replayed' }
}
