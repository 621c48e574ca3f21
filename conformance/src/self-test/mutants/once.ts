import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'
import { mutex } from '../mutex'
import { racingMutants } from '../racing'
import { insertUnchecked, readThenWrite, redeemsWrongly } from '../redeeming'

// In module scope, so that all stores of this process share it.
const ofTheProcess = mutex()

const raced = ['once.*', 'revoke.race', 'revoke.barrier', 'budget.*', 'fault.*', 'life.*']

export const onceMutants: Mutant[] = [
  ...racingMutants(),
  {
    name: 'redeem() of a code reads, and then writes',
    caughtBy: 'once.code.barrier',
    served: true,
    also: raced,
    breaks: redeemsWrongly('code', (base) => readThenWrite(base)),
  },
  {
    name: 'redeem() of a code reads and writes in a transaction without a lock',
    caughtBy: 'once.code.stampede',
    also: raced,
    breaks: redeemsWrongly('code', (base) => readThenWrite(base, mutex())),
  },
  {
    name: 'redeem() of a refresh token reads with a condition and updates without one',
    caughtBy: 'once.refresh.stampede',
    also: raced,
    breaks: redeemsWrongly('refresh', (base) => readThenWrite(base)),
  },
  {
    name: 'redeem() of a refresh token reads with a condition and updates without one (over a wire)',
    caughtBy: 'once.refresh.barrier',
    served: true,
    also: raced,
    breaks: redeemsWrongly('refresh', (base) => readThenWrite(base)),
  },
  {
    name: 'redeem() of a code selects ids, and then updates by these ids',
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
    name: 'redeem() of a code relies on a mutex in the process',
    caughtBy: 'once.code.processes',
    served: true,
    also: ['budget.*', 'fault.*'],
    breaks: redeemsWrongly('code', (base) => readThenWrite(base, ofTheProcess)),
  },
  {
    name: 'redeem() of a refresh token relies on a mutex in the process',
    caughtBy: 'once.refresh.processes',
    served: true,
    also: ['budget.*', 'fault.*', 'revoke.race', 'revoke.barrier'],
    breaks: redeemsWrongly('refresh', (base) => readThenWrite(base, ofTheProcess)),
  },
  {
    name: 'redeem() of a code rejects for a loser instead of returning "replayed"',
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
    name: 'redeem() of a refresh token rejects instead of returning "replayed"',
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
      'access.revoke-kind',
    ],
    breaks: redeemsWrongly('refresh', ({ store }) =>
      answers(store.redeem, (outcome) => {
        if (outcome.status === 'replayed') throw new Error('could not serialize')
        return outcome
      }),
    ),
  },
]
