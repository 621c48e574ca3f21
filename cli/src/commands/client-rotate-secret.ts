import { rotateClientSecret } from '@oauth2-kit/core'
import type { StoreCommand } from '../with-store'
import { chosenSecret, secretOptions } from './client-options'
import { clientWithSecret } from './client-output'

export const rotateSecretCommand: StoreCommand = {
  name: 'client rotate-secret',
  summary: "replaces a client's secret and shows the new one once; its tokens stay valid",
  positionals: ['ID'],
  options: secretOptions,

  async run({ positionals: [id = ''], values, surroundings }, store) {
    const secret = await chosenSecret(values, surroundings)
    return clientWithSecret(await rotateClientSecret(store, id, { secret }))
  },
}
