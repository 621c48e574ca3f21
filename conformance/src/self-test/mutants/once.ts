import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'
import { racingMutants } from './racing'
import { insertUnchecked, readThenWrite, redeemsWrongly } from './redeeming'

/** One after the other, of those who have the same lock. */
function mutex() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

// In the scope of the module: all stores of this process share it.
const ofTheProcess = mutex()

const raced = ['once.*', 'revoke.race', 'revoke.barrier', 'budget.*', 'fault.*', 'life.*']

export const onceMutants: Mutant[] = [
  ...racingMutants(),
  {
    name: 'consume: read, then write',
    caughtBy: 'once.code.barrier',
    served: true,
    also: raced,
    breaks: redeemsWrongly('code', (base) => readThenWrite(base)),
  },
  {
    name: 'transaction(read, write) without lock',
    caughtBy: 'once.code.stampede',
    also: raced,
    breaks: redeemsWrongly('code', (base) => readThenWrite(base, mutex())),
  },
  {
    name: 'conditional read, unconditional update',
    caughtBy: 'once.refresh.stampede',
    also: raced,
    breaks: redeemsWrongly('refresh', (base) => readThenWrite(base)),
  },
  {
    name: 'the same, seen by the wire',
    caughtBy: 'once.refresh.barrier',
    served: true,
    also: raced,
    breaks: redeemsWrongly('refresh', (base) => readThenWrite(base)),
  },
  {
    name: 'ids first, then update by ids',
    caughtBy: 'once.code.barrier',
    served: true,
    also: raced,
    breaks: redeemsWrongly('code', ({ run, store }) => async (old, made) => {
      const ids = await run<CredentialRow[]>({
        do: 'select',
        table: 'credentials',
        where: { claims: old.hash },
      })
      if (ids.length > 0) return store.redeem(old, made)
      await run({
        do: 'update',
        table: 'credentials',
        where: { hash: old.hash },
        changes: { usedAt: old.createdAt },
      })
      return insertUnchecked(run, old, made)
    }),
  },
  {
    name: 'in-process mutex',
    caughtBy: 'once.code.processes',
    served: true,
    also: ['budget.*', 'fault.*'],
    breaks: redeemsWrongly('code', (base) => readThenWrite(base, ofTheProcess)),
  },
  {
    name: 'in-process mutex around a refresh',
    caughtBy: 'once.refresh.processes',
    served: true,
    also: ['budget.*', 'fault.*', 'revoke.race', 'revoke.barrier'],
    breaks: redeemsWrongly('refresh', (base) => readThenWrite(base, ofTheProcess)),
  },
  {
    name: 'loser throws instead of "used"',
    caughtBy: 'once.code.loser',
    also: ['once.code.*'],
    breaks: redeemsWrongly('code', ({ store }) => {
      const underWay = new Map<string, number>()
      return async (old, made) => {
        const others = underWay.get(old.hash) ?? 0
        underWay.set(old.hash, others + 1)
        try {
          const outcome = await store.redeem(old, made)
          if (outcome.status === 'replayed' && (underWay.get(old.hash) ?? 0) > 1)
            throw new Error('could not serialize')
          return outcome
        } finally {
          setImmediate(() => underWay.delete(old.hash))
        }
      }
    }),
  },
  {
    name: 'the same for a refresh',
    caughtBy: 'once.refresh.loser',
    also: [
      'once.refresh.*',
      'refresh.rotate.*',
      'grant.*',
      'revoke.*',
      'purge.*',
      'expiry.*',
      'shape.*',
      'isolate.*',
      'life.*',
      'budget.*',
    ],
    breaks: redeemsWrongly('refresh', ({ store }) =>
      answers(store.redeem, (outcome) => {
        if (outcome.status === 'replayed') throw new Error('could not serialize')
        return outcome
      }),
    ),
  },
]
