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
  },

  async run({ values }, store) {
    const retentionSeconds = number(values, 'retention')
    const deleted = await purge(store, { batch: number(values, 'batch'), retentionSeconds })
    return { json: { deleted }, text: `Entries removed: ${deleted}` }
  },
}
