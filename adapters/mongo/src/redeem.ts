import { firstSuccessor, hashTaken } from '@oauth2-kit/core/store-kit'
import type { Credential, NewCredential, Redemption } from '@oauth2-kit/core'
import type { Document } from 'mongodb'
import { type Added, type State, addedOf, adding, pathOf } from './additions'
import { type Write, apart, forgetAnswers, keepAnswer } from './answers'
import type { Collections } from './collections'
import { isDuplicateId, keepsChanging, mostTries, writing } from './errors'
import { type Names, namesOf, pastId } from './keys'
import { type Known, knownOf } from './known'
import { mostRedeemed } from './past'
import { expiredBefore, tidy, untidyBefore } from './tidy'
import type { GrantDocument } from './schema'

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
  const { answers, others } = apart(successors)
  firstSuccessor(others)
  const added = others.map(addedOf)
  const by = added[0]!.key
  const names = namesOf(old.hash)
  const known = knownOf(old)
  const attempt: Attempt = {
    grantId: old.grant.id,
    names,
    added,
    known,
    answers: answers.map((answer) => keepAnswer(old.grant, names.key, answer, by)),
  }
  const expired = expiredBefore(successors, retentionMs)
  const state: State = {
    neverEnds: known?.neverEnds ?? false,
    untidyBefore: untidyBefore(expired),
  }
  // MongoDB reports an update that changes a member twice as an error.
  const isOwnSuccessor = added.some(({ key }) => key === names.key)
  for (let tries = 1; ; tries++) {
    if (!isOwnSuccessor && (await writing(isWritten(collections, attempt, state)))) {
      return { status: 'redeemed' }
    }
    const { verdict, neverEnds } = await verdictOf(collections, attempt)
    if (verdict) {
      if (verdict.status !== 'redeemed') await forgetAnswers(collections, answers, by)
      return verdict
    }
    if (tries === mostTries) throw keepsChanging()
    if (state.neverEnds === neverEnds) {
      await tidy(collections, attempt.grantId, expired, [names.key])
      // What has expired may be the presented credential, which stays.
      state.untidyBefore = null
    }
    state.neverEnds = neverEnds
  }
}

interface Attempt {
  grantId: string
  names: Names
  added: Added[]
  known: Known | undefined
  answers: Write[]
}

async function isWritten(
  { grants }: Collections,
  attempt: Attempt,
  state: State,
): Promise<boolean> {
  const last = redemption(attempt, state)
  if (attempt.answers.length === 0) {
    const { matchedCount } = await grants.updateOne(last.filter, last.update)
    return matchedCount === 1
  }
  last.update.$set['beside'] = true
  // In order and in one command.
  const writes = [...attempt.answers, { updateOne: last }]
  for (let tries = 1; ; tries++) {
    try {
      const { matchedCount, upsertedCount } = await grants.bulkWrite(writes, { ordered: true })
      return matchedCount + upsertedCount === writes.length
    } catch (error) {
      if (tries === answerTries || !isDuplicateId(error)) throw error
    }
  }
}

/**
 * Returns the update that marks the credential as redeemed and adds its successors. It also removes
 * the data of the predecessor, if `find` has read which one that is. Otherwise `tidy` removes it.
 */
function redemption({ grantId, names, added, known }: Attempt, state: State) {
  const path = pathOf(names.key)
  const { filter, update } = adding(grantId, added, state)
  filter[`${path}.t`] = { $exists: true }
  filter[`${path}.b`] = { $exists: false }
  filter[`${path}.x`] = { $exists: false }
  filter['redeemed'] = { $lt: mostRedeemed }
  const [first] = added
  update.$set[`${path}.b`] = first!.key
  // Only these can be redeemed in turn.
  if (first!.row.k === 'r') update.$set[pathOf(first!.key)] = { ...first!.row, p: names.key }
  update['$inc'] = { redeemed: 1 + (update['$inc'] as { redeemed: number }).redeemed }
  const predecessor = known?.predecessor
  if (predecessor !== undefined && !added.some(({ key }) => key === predecessor)) {
    update['$unset'] = { [`${path}.p`]: 1, [`${pathOf(predecessor)}.d`]: 1 }
  }
  return { filter, update }
}

interface Verdict {
  /** The outcome of an attempt that changed nothing; `null` = it can be repeated. */
  verdict: Redemption | null
  /** Whether the grant has a credential that never expires. */
  neverEnds: boolean
}

async function verdictOf(
  { grants, past }: Collections,
  { grantId, names, added }: Attempt,
): Promise<Verdict> {
  const { id, key } = names
  const by = added[0]!.key
  const paths = [key, ...added.map((one) => one.key)].map(pathOf)
  const projection: Document = {
    expiresAt: 1,
    ...Object.fromEntries(paths.map((path) => [path, 1])),
  }
  const found = await grants.findOne<Pick<GrantDocument, 'tokens' | 'expiresAt'>>(
    { _id: grantId },
    { projection },
  )
  const neverEnds = found?.expiresAt === null
  const verdict = (one: Redemption | null): Verdict => ({ verdict: one, neverEnds })
  if (!found) return verdict({ status: 'revoked' })
  const row = found.tokens[key]
  if (row?.b !== undefined) return verdict({ status: row.b === by ? 'redeemed' : 'replayed' })
  if (row?.x) return verdict({ status: 'unknown' })
  if (row) {
    if (added.some((one) => found.tokens[one.key])) throw hashTaken()
    return verdict(null)
  }
  const moved = await past.findOne(
    { hashes: pastId(id), grantId },
    { projection: { [pathOf(key)]: 1 } },
  )
  const redeemedBy = moved?.tokens[key]?.b
  if (redeemedBy === undefined) return verdict({ status: 'unknown' })
  return verdict({ status: redeemedBy === by ? 'redeemed' : 'replayed' })
}
