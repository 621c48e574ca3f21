import { getClient } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import type { StoreCommand } from '../with-store'
import { clientOutput } from './client-output'

export const showClientCommand: StoreCommand = {
  name: 'client show',
  summary: 'shows a client',
  positionals: ['ID'],
  options: {},

  async run({ positionals: [id = ''] }, store) {
    const client = await getClient(store, id)
    if (!client) throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${id}"`))
    return clientOutput(client)
  },
}
