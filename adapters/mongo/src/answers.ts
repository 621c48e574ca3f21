import type { Credential, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { Collections } from './collections'
import * as pipeline from './pipeline'
import { dateOf, lastDate, toCredential } from './rows'
import type { AnswerAttempt, AnswerDocument, GrantDocument } from './schema'

/** Splits credentials into sealed answers and all others. */
export function apart(
  credentials: readonly NewCredential[],
): Record<'answers' | 'others', NewCredential[]> {
  const answers = credentials.filter(({ kind }) => kind === 'answer')
  return { answers, others: credentials.filter(({ kind }) => kind !== 'answer') }
}

/**
 * Returns the write that stores the answer of an attempt before the attempt is made. The answer
 * counts once the attempt has won. Repeating the write changes nothing.
 */
export function keepAnswer(
  { hash, grant }: Pick<Credential, 'hash' | 'grant'>,
  answer: NewCredential,
  by: string,
): Write {
  const { grantId, credentials, removeAt } = toAnswer(grant, answer)
  const update = {
    $setOnInsert: { grantId, credentials },
    $addToSet: { attempts: toAttempt(answer, by) },
    $max: { removeAt },
  }
  // If the id belongs to the answer for another credential, the write fails as a duplicate.
  return { updateOne: { filter: { ...idOf(answer.hash), of: hash }, update, upsert: true } }
}

/**
 * Returns the write that adds an answer after its attempt has won. The write fails if the hash
 * exists.
 */
export function addAnswer(grant: GrantRef, answer: NewCredential): Write {
  const document = { ...toAnswer(grant, answer), attempts: [toAttempt(answer, '')] }
  // Matches no document: if the id exists, the insert fails as a duplicate.
  const filter = { ...idOf(answer.hash), grantId: { $exists: false } }
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
  await Promise.all(lost.map(({ hash }) => answers.updateOne(idOf(hash), pipeline.forget(by))))
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
        projection: {
          clientId: 1,
          userId: 1,
          credentials: { $elemMatch: { hash: of ?? '' } },
        },
        ...options,
      },
    ),
  )
  if (!owner) return null
  const winner = owner.credentials?.[0]?.by
  const attempt = attempts.find(({ by }) => of === undefined || by === winner)
  if (!attempt) return null
  const { createdAt, expiresAt, data } = attempt
  return toCredential({ hash, kind: 'answer', createdAt, expiresAt, data }, owner)
}

function idOf(answer: string): { _id: AnswerDocument['_id'] } {
  return { _id: { answer } }
}

function toAnswer(grant: GrantRef, { hash, expiresAt }: NewCredential) {
  return {
    grantId: grant.id,
    credentials: [{ hash, kind: 'answer' as const }],
    removeAt: dateOf(expiresAt ?? lastDate),
  }
}

function toAttempt({ createdAt, expiresAt, data }: NewCredential, by: string): AnswerAttempt {
  return { by, createdAt, expiresAt, data }
}
