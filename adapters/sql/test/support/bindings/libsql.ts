import { type Client, createClient } from '@libsql/client'
import { libsqlStore } from '@oauth2-kit/sql/libsql'
import type { Binding } from '../binding'
import { isServer } from '../libsql-server'

export const binding: Binding = {
  name: 'libsql',
  engines: ['sqlite'],

  async open(url, _engine, patience) {
    const client = isServer(url) ? onServer(url, patience) : await onFile(url, patience)
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

async function onFile(file: string, timeout: number): Promise<Client> {
  const client = createClient({ url: `file:${file}`, timeout })
  await client.execute('PRAGMA journal_mode = WAL')
  return client
}

function onServer(url: string, timeout: number): Client {
  const bounded = (request: Request) => fetch(request, { signal: AbortSignal.timeout(timeout) })
  return createClient({ url, fetch: bounded })
}
