import { createUser } from '@oauth2-kit/core'
import { text } from '../command'
import { readSecret } from '../secret-input'
import type { StoreCommand } from '../with-store'
import { metadataOf } from './client-options'
import { passwordNotes, passwordOptions, userOutput } from './user'

export const createUserCommand: StoreCommand = {
  name: 'user create',
  summary: "adds a user to the store's own users",
  positionals: ['USERNAME'],
  options: {
    ...passwordOptions,
    metadata: {
      type: 'string',
      value: 'JSON',
      about: 'an object of your own',
      property: 'metadata',
    },
  },
  notes: passwordNotes,

  async run({ positionals: [username = ''], values, surroundings }, store) {
    const metadata = metadataOf(values) ?? undefined
    const password = await readSecret('password', text(values, 'password-env'), surroundings)
    return userOutput(await createUser(store, { username, password, metadata }))
  },
}
