import type { Client, Store } from '@oauth2-kit/core'
import type { Collections } from './collections'
import { isDuplicate } from './errors'
import { behindId } from './pages'
import { revoke } from './grants'

/** The methods for registered clients. */
export function clientMethods(
  collections: () => Collections | Promise<Collections>,
): Pick<Store, 'getClient' | 'createClient' | 'updateClient' | 'deleteClient' | 'listClients'> {
  return {
    async getClient(id) {
      const { clients, current } = await collections()
      const found = await current((options) => clients.findOne({ _id: id }, options))
      return found && (JSON.parse(found.data) as Client)
    },

    async createClient(client) {
      const { clients } = await collections()
      const { id, version } = client
      try {
        await clients.insertOne({ _id: id, version, data: JSON.stringify(client) })
        return true
      } catch (error) {
        if (!isDuplicate(error)) throw error
        const found = await clients.findOne({ _id: id }, { projection: { version: 1 } })
        return found?.version === version
      }
    },

    async updateClient(client, before) {
      const { id, version } = client
      const { clients } = await collections()
      // If the record already has the new version, this is a retry of the same attempt, and nothing
      // changes.
      const { matchedCount } = await clients.updateOne(
        { _id: id, version: { $in: [before, version] } },
        { $set: { version, data: JSON.stringify(client) } },
      )
      return matchedCount === 1
    },

    async deleteClient(id) {
      const known = await collections()
      // Delete the client first, so that no more grants are issued to it.
      await known.clients.deleteOne({ _id: id })
      await revoke(known, { clientId: id })
    },

    async listClients(page) {
      if (page.limit < 1) return []
      const { clients } = await collections()
      const found = clients.find(behindId(page)).sort({ _id: 1 }).limit(page.limit)
      return found.map(({ data }) => JSON.parse(data) as Client).toArray()
    },
  }
}
