import { deleteUser } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import type { StoreCommand } from '../with-store'

export const deleteUserCommand: StoreCommand = {
  name: 'user delete',
  summary: "deletes one of the store's own users and revokes all grants of that user",
  positionals: ['USERNAME'],
  options: {},

  async run({ positionals: [username = ''] }, store) {
    if (!(await deleteUser(store, username)))
      throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no user "${username}"`))
    const text = `The user "${username}" is deleted, and the grants of that user are revoked.`
    return { json: { deleted: username }, text }
  },
}
