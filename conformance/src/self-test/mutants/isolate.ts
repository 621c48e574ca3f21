import type { Base, Mutant } from '../mutant'

export const isolateMutants: Mutant[] = [
  {
    name: 'look-ups of clients ignore the tenant',
    caughtBy: 'isolate.tenant',
    // Its grants are refused, because the namespace of the store has no client.
    also: [
      'isolate.*',
      'value.*',
      'user.*',
      'shape.answers',
      'client.*',
      'issue.*',
      'code.*',
      'refresh.*',
      'grant.*',
      'expiry.*',
      'secret.*',
      'schema.check',
    ],
    breaks: ({ store, runIn }) => ({
      // All namespaces share one list of clients.
      createClient: (client) =>
        runIn('everybody', { do: 'call', procedure: 'createClient', args: [client] }),
      updateClient: (client, version) =>
        runIn('everybody', { do: 'call', procedure: 'updateClient', args: [client, version] }),
      getClient: (id) =>
        typeof id === 'string'
          ? runIn('everybody', { do: 'get', table: 'clients', key: id })
          : store.getClient(id),
      deleteClient: async (id) => {
        if (typeof id === 'string')
          await runIn('everybody', { do: 'remove', table: 'clients', where: { id } })
        await store.deleteClient(id)
      },
      listClients: ({ after = '', limit }) =>
        runIn('everybody', { do: 'call', procedure: 'listClients', args: [after, limit] }),
    }),
  },
  {
    name: 'revoke() by user affects other namespaces',
    caughtBy: 'isolate.purge',
    also: ['isolate.tenant', 'fuzz.*'],
    breaks: (base) => crossing(base),
  },
]

/** The stores that this process has seen, in every namespace: `revoke` by user affects each. */
const seen = new Set<Base>()
function crossing(base: Base): Partial<Base['store']> {
  seen.add(base)
  return {
    async revoke(selector) {
      const own = await base.store.revoke(selector)
      if (!('userId' in selector)) return own
      for (const other of seen)
        if (other !== base) await other.store.revoke(selector).catch(() => 0)
      return own
    },
  }
}
