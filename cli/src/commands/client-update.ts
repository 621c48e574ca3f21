import { getClient, updateClient } from '@oauth2-kit/core'
import { UsageError } from '../command'
import type { StoreCommand } from '../with-store'
import { clientChanges, clientOptions, redirectUriOptions } from './client-options'
import { clientOutput } from './client-output'

const secretEnded = 'Its secret is no longer valid: it authenticates with its keys.'

export const updateClientCommand: StoreCommand = {
  name: 'client update',
  summary:
    'changes a client; its tokens stay valid, and so does its secret, except with --jwks or --jwks-uri',
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
    '--jwks or --jwks-uri ends the secret at once. For a secret again, set another --auth-method, and then',
    'run rotate-secret.',
  ],

  async run({ positionals: [id = ''], values, surroundings }, store) {
    const changes = await clientChanges(values, surroundings)
    if (Object.keys(changes).length === 0) throw new UsageError('there is nothing to change')
    const before = await getClient(store, id)
    const after = await updateClient(store, id, changes, redirectUriOptions(values))
    const output = clientOutput(after)
    const ended = before !== null && before.secretHash !== null && after.secretHash === null
    return ended ? { ...output, text: `${output.text}\n\n${secretEnded}` } : output
  },
}
