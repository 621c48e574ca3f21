import { createClient } from '@libsql/client'
import { libsqlStore } from '@oauth2-kit/sql/libsql'
import type { Binding } from '../binding'

export const binding: Binding = {
  name: 'libsql',
  engines: ['sqlite'],

  async open(file, _engine, patience) {
    const client = createClient({ url: `file:${file}`, timeout: patience })
    await client.execute('PRAGMA journal_mode = WAL')
    return {
      storeOn: (options) => libsqlStore(client, options),

      async transaction(work) {
        const transaction = await client.transaction('write')
        try {
          const result = await work((options) => libsqlStore(transaction, options))
          await transaction.commit()
          return result
        } finally {
          transaction.close()
        }
      },

      close: async () => client.close(),
    }
  },
}
