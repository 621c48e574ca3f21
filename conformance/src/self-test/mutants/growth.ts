import type { CredentialRow } from '../../reference/tables'
import type { Base, Mutant } from '../mutant'

const most = 150

/** Keeps only the newest credentials of a kind in each grant. */
function keepsTheLast(kind: 'access' | 'refresh'): Mutant['breaks'] {
  return ({ store, run }: Base) => ({
    async redeem(old, made) {
      const outcome = await store.redeem(old, made)
      const where = { grantId: old.grant.id, kind }
      const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
      for (const { hash } of rows.slice(0, -most))
        await run({ do: 'remove', table: 'credentials', where: { hash } })
      return outcome
    },
  })
}

export const growthMutants: Mutant[] = [
  {
    name: 'redeem() keeps only the last 150 redemption marks of a grant',
    caughtBy: 'growth.marks',
    breaks: keepsTheLast('refresh'),
  },
  {
    name: 'redeem() keeps only the last 150 access tokens of a grant',
    caughtBy: 'growth.tokens',
    also: ['access.several'],
    breaks: keepsTheLast('access'),
  },
  {
    name: 'purge() keeps the redemption marks of the last 150 rotations only',
    caughtBy: 'growth.marks',
    also: ['grant.*', 'purge.*'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const purged = await store.purge(before, limit)
        const where = { kind: 'refresh', place: 0 }
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        for (const { hash } of rows.slice(0, -most))
          await run({ do: 'remove', table: 'credentials', where: { hash } })
        return purged
      },
    }),
  },
]
