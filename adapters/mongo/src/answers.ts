import type { Credential, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { Collections } from './collections'
import * as pipeline from './pipeline'
import { type Names, namesOf } from './keys'
import { pathOf } from './additions'
import { dateOf, lastDate, toAnswer, toRow } from './rows'
import type { AnswerAttempt, AnswerDocument, GrantDocument } from './schema'

/** Splits credentials into sealed answers and all others. */
export function apart(
  credentials: readonly NewCredential[],
): Record<'answers' | 'others', NewCredential[]> {
  const answers = credentials.filter(({ kind }) => kind === 'answer')
  return { answers, others: credentials.filter(({ kind }) => kind !== 'answer') }
}

/**
 * Returns the write that stores the answer of an attempt, by its key, on the credential with the
 * key `of`, before the attempt is made. The answer counts once the attempt has won. Repeating the
 * write changes nothing.
 */
export function keepAnswer(grant: GrantRef, of: string, answer: NewCredential, by: string): Write {
  const names = namesOf(answer.hash)
  const { grantId, hashes, removeAt } = toDocument(grant, names, answer)
  const update = {
    $setOnInsert: { grantId, hashes },
    $addToSet: { attempts: toAttempt(answer, by) },
    $max: { removeAt },
  }
  // If the id belongs to the answer for another credential, the write fails as a duplicate.
  return { updateOne: { filter: { ...idOf(names), of }, update, upsert: true } }
}

/**
 * Returns the write that adds an answer after its attempt has won. The write fails if the hash
 * exists.
 */
export function addAnswer(grant: GrantRef, answer: NewCredential): Write {
  const names = namesOf(answer.hash)
  const document = { ...toDocument(grant, names, answer), attempts: [toAttempt(answer)] }
  // Matches no document: if the id exists, the insert fails as a duplicate.
  const filter = { ...idOf(names), grantId: { $exists: false } }
  return { updateOne: { filter, update: { $setOnInsert: document }, upsert: true } }
}

/** A write to any kind of document in the collection of grants. */
export interface Write {
  updateOne: { filter: object; update: object; upsert?: boolean }
}

/** Removes the answers of an attempt that lost. */
export async function forgetAnswers(
  { answers }: Collections,
  lost: readonly NewCredential[],
  by: string,
): Promise<void> {
  await Promise.all(
    lost.map(({ hash }) => answers.updateOne(idOf(namesOf(hash)), pipeline.forget(by))),
  )
}

/**
 * Resolves with the answer of the attempt that won, or `null` if none has won or the grant no
 * longer exists.
 */
export async function findAnswer(
  { grants, current }: Collections,
  hash: string,
  { grantId, of, attempts }: AnswerDocument,
): Promise<Credential | null> {
  const owner = await current((options) =>
    grants.findOne<GrantDocument>(
      { _id: grantId },
      {
        projection: { clientId: 1, userId: 1, ...(of !== undefined && { [pathOf(of)]: 1 }) },
        ...options,
      },
    ),
  )
  if (!owner) return null
  const winner = of === undefined ? undefined : owner.tokens?.[of]?.b
  if (of !== undefined && winner === undefined) return null
  const attempt = attempts.find(({ by }) => by === winner)
  return attempt ? toAnswer(hash, attempt, owner) : null
}

function idOf({ id }: Names): { _id: AnswerDocument['_id'] } {
  return { _id: { answer: id } }
}

function toDocument(grant: GrantRef, { id }: Names, { expiresAt }: NewCredential) {
  return { grantId: grant.id, hashes: [id], removeAt: dateOf(expiresAt ?? lastDate) }
}

function toAttempt(answer: NewCredential, by?: string): AnswerAttempt {
  const { k: _, ...row } = toRow(answer)
  return { ...(by !== undefined && { by }), ...row }
}
