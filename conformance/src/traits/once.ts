import type { Client, Credential, NewCredential, Redemption, Store, User } from '@oauth2-kit/core'
import { Failure, equal, holds, isSame, show } from '../expect'
import { aClient, aCredential, aHash, aRecord, aUser, aVersion, anId, successors } from '../given'
import type { Call } from '../processes/messages'
import { type StoreTrial, foundAs, notFound } from '../trial'

/** A value that any number of callers try to use, of whom exactly one may succeed. */
export interface Contest {
  /** One call for each contender. */
  calls: Call[]
  /** Fails unless exactly one call won, all others lost without error, and nothing else is left. */
  judge: (answers: readonly PromiseSettledResult<unknown>[]) => Promise<void>
}

/** Creates a one-time value, and the calls of that many contenders. */
export type OneTime = (t: StoreTrial, contenders: number) => Promise<Contest>

/** A code or refresh token that every contender redeems. */
export function credentialOnce(kind: 'code' | 'refresh'): OneTime {
  return async (t, contenders) => {
    const { credential, unharmed } = await t.issuedGrant({ kind })
    // The hash of a sealed answer is derived from the refresh token, so all attempts have the same.
    const hash = aHash()
    const attempts = Array.from({ length: contenders }, (_, n) =>
      kind === 'code'
        ? successors()
        : [...successors(), aCredential({ kind: 'answer', hash, data: `{"sealed":"${n}"}` })],
    )
    return {
      calls: attempts.map((made) => ({ method: 'redeem', args: [credential, made] })),
      async judge(settled) {
        const answers = settled.map((one) => answerOf(one) as Redemption)
        const winners = attempts.filter((_, n) => answers[n]?.status === 'redeemed')
        equal(
          winners.length,
          1,
          `The number of calls of redeem() that returned "redeemed", of ${contenders} at the same time`,
        )
        answers.forEach(isDefeat)
        await aftermath(t.store, credential, winners[0]!, attempts)
        await unharmed()
      },
    }
  }
}

/** A record that every contender adds under the same new key, such as a `jti` or a proof. */
export const addRecordOnce: OneTime = async (t, contenders) => {
  const key = anId('record')
  // Half of the records are the same, as if one request was sent several times.
  const records = Array.from({ length: contenders }, (_, n) =>
    aRecord({ key, data: n % 2 === 0 ? '{"same":true}' : `{"n":${n}}` }),
  )
  return {
    calls: records.map((record) => ({ method: 'addRecord', args: [record] })),
    async judge(settled) {
      const winner = winnerOf(settled, true, false)
      equal(await t.store.addRecord(aRecord({ key })), false, 'addRecord() afterwards')
      equal(await t.store.getRecord(key), records[winner], 'The record of the winner')
    },
  }
}

/** A record that every contender takes, such as a pushed request. */
export const takeRecordOnce: OneTime = async (t, contenders) => {
  const [record, other] = [aRecord(), aRecord()]
  for (const one of [record, other]) equal(await t.store.addRecord(one), true, 'addRecord()')
  return {
    calls: Array.from({ length: contenders }, () => ({ method: 'takeRecord', args: [record.key] })),
    async judge(settled) {
      winnerOf(settled, record, null)
      equal(await t.store.takeRecord(record.key), null, 'takeRecord() afterwards')
      equal(await t.store.getRecord(record.key), null, 'getRecord() afterwards')
      equal(await t.store.getRecord(other.key), other, 'Another record')
    },
  }
}

type Of<T> = Record<'create' | 'update', T> & {
  get: (store: Store, id: string) => Promise<unknown>
}

const methods: Record<'client' | 'user', Of<keyof Store>> = {
  client: {
    create: 'createClient',
    update: 'updateClient',
    get: (store, id) => store.getClient(id),
  },
  user: {
    create: 'createUser',
    update: 'updateUser',
    get: async (store, id) => store.getUser?.(id),
  },
}

/** Returns one client or user in that many different states. */
function states(kind: 'client' | 'user', count: number): (Client | User)[] {
  const { id, username } = aUser()
  return Array.from({ length: count }, (_, n) =>
    kind === 'client'
      ? aClient({ id, name: `state ${n}` })
      : aUser({ id, username, metadata: { state: n } }),
  )
}

/** An id under which every contender creates a client or user. */
export function createOnce(kind: 'client' | 'user'): OneTime {
  const { create, get } = methods[kind]
  return async (t, contenders) => {
    const made = states(kind, contenders)
    return {
      calls: made.map((one) => ({ method: create, args: [one] })),
      async judge(settled) {
        const winner = made[winnerOf(settled, true, false)]!
        equal(await get(t.store, winner.id), winner, `The ${kind} that was created`)
      },
    }
  }
}

/** A version of a client or user that every contender updates. */
export function updateOnce(kind: 'client' | 'user'): OneTime {
  const { create, update, get } = methods[kind]
  return async (t, contenders) => {
    const [before, ...changed] = states(kind, contenders + 1)
    equal(await make(t.store, { method: create, args: [before] }), true, create)
    return {
      calls: changed.map((one) => ({ method: update, args: [one, before!.version] })),
      async judge(settled) {
        const winner = changed[winnerOf(settled, true, false)]!
        equal(await get(t.store, winner.id), winner, `The ${kind} as it was changed`)
        const late = { ...winner, version: aVersion() }
        const call: Call = { method: update, args: [late, before!.version] }
        equal(await make(t.store, call), false, 'A later update of the old version')
      },
    }
  }
}

/** Makes a call on a store. */
export function make(store: Store, { method, args }: Call): Promise<unknown> {
  return (store[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
}

function answerOf(settled: PromiseSettledResult<unknown>): unknown {
  if (settled.status === 'fulfilled') return settled.value
  throw new Failure(
    `A contender rejected instead of reporting that it lost: ${String(settled.reason)}`,
  )
}

/** Returns the index of the winner. Fails unless exactly one call won and all others lost. */
function winnerOf(
  settled: readonly PromiseSettledResult<unknown>[],
  won: unknown,
  lost: unknown,
): number {
  const answers = settled.map(answerOf)
  const winners = answers.filter((one) => isSame(one, won))
  equal(winners.length, 1, `The number of calls that won, of ${answers.length} at the same time`)
  for (const one of answers) if (!isSame(one, won)) equal(one, lost, 'The result of a loser')
  return answers.findIndex((one) => isSame(one, won))
}

function isDefeat({ status }: Redemption): void {
  if (status === 'redeemed') return
  holds(status === 'replayed', `The status of a loser: got ${show(status)}, expected "replayed"`)
}

/** Fails unless the credential is redeemed, with the successors of the winner and no others. */
async function aftermath(
  store: Store,
  credential: Credential,
  won: NewCredential[],
  attempts: NewCredential[][],
): Promise<void> {
  for (const one of won) await foundAs(store, one, credential.grant, 'A successor of the winner')
  for (const lost of attempts) {
    if (lost === won) continue
    for (const one of lost) {
      if (one.kind !== 'answer') await notFound(store, one.hash, 'A successor of a loser')
    }
  }
  const late = await store.redeem(credential, [aCredential()])
  equal(late.status, 'replayed', 'The status of a later attempt')
}
