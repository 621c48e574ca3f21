import type { Store } from '@oauth2-kit/core'
import { type Keep, frozenCopy } from './changes'
import type { Content } from './content'

/** The methods for registered clients. `revoke` revokes the grants of a client that is deleted. */
export function clientMethods(
  { clients }: Content,
  keep: Keep,
  revoke: Store['revoke'],
): Pick<Store, 'getClient' | 'createClient' | 'updateClient' | 'deleteClient' | 'listClients'> {
  return {
    async getClient(id) {
      return clients.get(id) ?? null
    },

    async createClient(client) {
      const present = clients.get(client.id)
      if (!present) clients.set(frozenCopy(client))
      await keep(present ? undefined : { client })
      return !present || present.version === client.version
    },

    async updateClient(client, version) {
      const present = clients.get(client.id)
      const isRepeated = present?.version === client.version
      const isCurrent = !isRepeated && present?.version === version
      if (isCurrent) clients.set(frozenCopy(client))
      await keep(isCurrent ? { client } : undefined)
      return isRepeated || isCurrent
    },

    async deleteClient(id) {
      const isPresent = clients.get(id) !== undefined
      clients.delete(id)
      await Promise.all([
        keep(isPresent ? { deletedClient: id } : undefined),
        revoke({ clientId: id }),
      ])
    },

    async listClients(page) {
      return clients.page(page)
    },
  }
}
