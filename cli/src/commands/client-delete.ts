import { deleteClient } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import type { StoreCommand } from '../with-store'

export const deleteClientCommand: StoreCommand = {
  name: 'client delete',
  summary: 'deletes a client and revokes all its grants',
  positionals: ['ID'],
  options: {},

  async run({ positionals: [id = ''] }, store) {
    if (!(await deleteClient(store, id)))
      throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${id}"`))
    return {
      json: { deleted: id },
      text: `The client "${id}" is deleted, and its grants are revoked.`,
    }
  },
}
