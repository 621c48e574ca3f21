import { updateClient } from '@oauth2-kit/core'
import { UsageError } from '../command'
import type { StoreCommand } from '../with-store'
import { clientChanges, clientOptions, redirectUriOptions } from './client-options'
import { clientOutput } from './client-output'

export const updateClientCommand: StoreCommand = {
  name: 'client update',
  summary: 'changes a client; its secret and tokens stay valid',
  positionals: ['ID'],
  options: {
    ...clientOptions,
    'no-introspects-all': {
      type: 'boolean',
      about: 'it may introspect only its own tokens and those for its resources',
    },
  },
  notes: [
    'A list replaces the current one. An empty value removes --name, --user-id or --metadata;',
    '--scope "" removes all scopes, and --resource "" all resources;',
    '--allowed-resource "" allows all resources of the server.',
    '--jwks or --jwks-uri removes the secret. For a secret again, set another --auth-method, and then',
    'run rotate-secret.',
  ],

  async run({ positionals: [id = ''], values, surroundings }, store) {
    const changes = await clientChanges(values, surroundings)
    if (Object.keys(changes).length === 0) throw new UsageError('there is nothing to change')
    return clientOutput(await updateClient(store, id, changes, redirectUriOptions(values)))
  },
}
