import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'

export const schemaMutants: Mutant[] = [
  {
    name: 'check() complains about what is right',
    caughtBy: 'schema.check',
    also: ['schema.*'],
    breaks: ({ store }) => ({
      check: answers(store.check, (found) => [
        ...found,
        { problem: 'The type is varchar(64)', fix: 'Make it char(64)' },
      ]),
    }),
  },
  {
    name: 'race of two first starts on the schema',
    caughtBy: 'schema.concurrent-init',
    also: ['*'],
    breaks: ({ store, run }) => {
      let ready: Promise<void> | undefined
      const start = async () => {
        if (await run({ do: 'get', table: 'records', key: 'schema' })) return
        await run({
          do: 'insert',
          table: 'records',
          rows: [{ key: 'schema', data: '{}', expiresAt: Number.MAX_SAFE_INTEGER }],
        })
      }
      return {
        async issue(grant, credentials, conditions) {
          await (ready ??= start())
          return store.issue(grant, credentials, conditions)
        },
      }
    },
  },
  {
    name: 'an index with other options accepted',
    caughtBy: 'schema.drift',
    breaks: () => ({ check: async () => [] }),
  },
  {
    name: 'rows of an older release unreadable',
    caughtBy: 'schema.upgrade',
    breaks: ({ store, run }) => ({
      async find(hash) {
        const row = await run<CredentialRow | null>({ do: 'get', table: 'credentials', key: hash })
        return row && row.place === undefined ? null : store.find(hash)
      },
    }),
  },
]
