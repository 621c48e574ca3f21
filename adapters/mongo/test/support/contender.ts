import { MongoClient } from 'mongodb'
import { aCredential } from '@oauth2-kit/testing'
import { mongoStore } from '../../src/index'

// A process with a client of its own: tries to redeem a credential so many times at once.

process.on('message', ({ url, credential, attempts }: Contest) => {
  contend({ url, credential, attempts }).then(
    (statuses) => process.send?.(statuses, () => process.disconnect()),
    (error: unknown) => {
      throw error
    },
  )
})

/** What a contender is told. */
export interface Contest {
  url: string
  credential: Parameters<ReturnType<typeof mongoStore>['redeem']>[0]
  attempts: number
}

async function contend({ url, credential, attempts }: Contest): Promise<string[]> {
  const client = new MongoClient(url)
  const store = mongoStore(client.db())
  await store.find(credential.hash)
  const outcomes = await Promise.all(
    Array.from({ length: attempts }, () => store.redeem(credential, [aCredential()])),
  )
  await client.close()
  return outcomes.map(({ status }) => status)
}
