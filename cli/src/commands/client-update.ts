import { updateClient } from '@oauth2-kit/core'
import { UsageError } from '../command'
import type { StoreCommand } from '../with-store'
import { clientChanges, clientOptions } from './client-options'
import { clientOutput } from './client-output'

export const updateClientCommand: StoreCommand = {
  name: 'client update',
  summary: 'changes a client; its secret and tokens stay',
  positionals: ['ID'],
  options: {
    ...clientOptions,
    'no-introspects-all': {
      type: 'boolean',
      about: 'it may introspect its own tokens, and those for its resources, only',
    },
  },
  notes: [
    'A list takes the place of the one that was there. An empty text takes --name, --user-id or',
    '--metadata away, --scope "" all scopes, and --resource "" all resources.',
  ],

  async run({ positionals: [id = ''], values }, store) {
    const changes = clientChanges(values)
    if (Object.keys(changes).length === 0) throw new UsageError('there is nothing to change')
    return clientOutput(await updateClient(store, id, changes))
  },
}
