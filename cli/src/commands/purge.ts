import { purge } from '@oauth2-kit/core'
import { number } from '../command'
import type { StoreCommand } from '../with-store'

export const purgeCommand: StoreCommand = {
  name: 'purge',
  summary: 'removes expired entries',
  positionals: [],
  options: {
    batch: {
      type: 'string',
      value: 'NUMBER',
      about: 'the most entries that one call removes; default: 1000',
      property: 'batch',
    },
    retention: {
      type: 'string',
      value: 'SECONDS',
      about: 'how long expired entries are kept; default: 3600',
      property: 'retentionSeconds',
    },
    'unused-clients': {
      type: 'string',
      value: 'SECONDS',
      about: 'also removes clients that registered themselves, after this time without use',
      property: 'unusedClientsSeconds',
    },
  },

  async run({ values }, store) {
    const deleted = await purge(store, {
      batch: number(values, 'batch'),
      retentionSeconds: number(values, 'retention'),
      unusedClientsSeconds: number(values, 'unused-clients'),
    })
    return { json: { deleted }, text: `Entries removed: ${deleted}` }
  },
}
