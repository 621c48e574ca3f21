import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'

export const schemaMutants: Mutant[] = [
  {
    name: 'check() reports a finding for a correct schema',
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
    name: 'two stores that start at the same time both create the schema',
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
    name: 'check() accepts an index with other options',
    caughtBy: 'schema.drift',
    breaks: () => ({ check: async () => [] }),
  },
  {
    name: 'find() cannot read rows of an older release',
    caughtBy: 'schema.upgrade',
    breaks: ({ store, run }) => ({
      async find(hash) {
        const row = await run<CredentialRow | null>({ do: 'get', table: 'credentials', key: hash })
        return row && row.place === undefined ? null : store.find(hash)
      },
    }),
  },
]
