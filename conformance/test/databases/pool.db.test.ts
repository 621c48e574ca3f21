import { Redis } from 'ioredis'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { pooledUrl, stopDatabases } from '../../src/databases/pool'

// Not the database of the run, which this test would end for all others.
describeDatabase('redis', () => {
  afterAll(() => stopDatabases())

  it('a database that has ended is started again for those who ask for it later', async () => {
    await using first = await connected()
    await first.client.call('SHUTDOWN', 'NOSAVE').catch(() => {})
    let url = await pooledUrl('redis')
    // The container ends a moment after the server.
    while (url === first.url) url = await pooledUrl('redis')
    await using second = await connected()
    expect(await second.client.ping()).toBe('PONG')
  })
})

async function connected() {
  const url = await pooledUrl('redis')
  const client = new Redis(url, { retryStrategy: null })
  client.on('error', () => {})
  return { url, client, [Symbol.asyncDispose]: async () => client.disconnect() }
}
