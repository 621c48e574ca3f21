import { type Mutant, answers } from '../mutant'

export const fuzzMutants: Mutant[] = [
  {
    name: 'getClient() returns a name with combining marks in composed form',
    caughtBy: 'fuzz.text',
    also: ['fuzz.*', 'client.values'],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) =>
        client?.name !== undefined && /\p{M}/u.test(client.name)
          ? { ...client, name: client.name.normalize('NFC') }
          : client,
      ),
    }),
  },
  {
    name: 'getClient() turns 0 and false in metadata into null',
    caughtBy: 'fuzz.payload',
    also: ['client.*', 'value.*'],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) => {
        if (!client?.metadata) return client
        const entries = Object.entries(client.metadata).map(([key, value]) => [
          key,
          value === 0 || value === false ? null : value,
        ])
        return { ...client, metadata: Object.fromEntries(entries) as Record<string, unknown> }
      }),
    }),
  },
  {
    name: 'redeem() returns "unknown" for a retry after extend() of the grant',
    caughtBy: 'fuzz.model',
    also: ['expiry.passing'],
    breaks({ store }) {
      const extended = new Set<string>()
      const redeemed = new Set<string>()
      return {
        async extend(grant, credentials) {
          extended.add(grant.id)
          return store.extend(grant, credentials)
        },
        async redeem(old, made) {
          const outcome = await store.redeem(old, made)
          const isRetry = outcome.status === 'redeemed' && redeemed.has(old.hash)
          redeemed.add(old.hash)
          return isRetry && extended.has(old.grant.id) ? { status: 'unknown' } : outcome
        },
      }
    },
  },
]
