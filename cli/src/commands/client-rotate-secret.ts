import { type Client, getClient, rotateClientSecret } from '@oauth2-kit/core'
import { UsageError } from '../command'
import type { StoreCommand } from '../with-store'
import { chosenSecret, secondsIn, secretOptions } from './client-options'
import { clientWithSecret } from './client-output'

export const rotateSecretCommand: StoreCommand = {
  name: 'client rotate-secret',
  summary: "replaces a client's secret and shows the new one once; its tokens stay valid",
  positionals: ['ID'],
  options: {
    ...secretOptions,
    'keep-previous-for': {
      type: 'string',
      value: 'SECONDS',
      about: 'seconds during which the previous secret stays valid; default: 0',
    },
  },

  async run({ positionals: [id = ''], values, surroundings }, store) {
    const client = await getClient(store, id)
    if (client?.authMethod === 'private_key_jwt') throw new UsageError(howToRotateKeys(client))
    const secret = await chosenSecret(values, surroundings)
    const keepPreviousFor = secondsIn(values, 'keep-previous-for')
    return clientWithSecret(await rotateClientSecret(store, id, { secret, keepPreviousFor }))
  },
}

function howToRotateKeys({ id, jwksUri }: Client): string {
  const how =
    jwksUri === undefined
      ? `register the next key beside the current one with client update ${id} --jwks FILE`
      : `publish the next key beside the current one at ${jwksUri}`
  return `the client "${id}" has keys (private_key_jwt), and no secret to rotate: ${how}`
}
