import { revokeGrants, setPassword } from '@oauth2-kit/core'
import { text } from '../command'
import { readSecret } from '../secret-input'
import type { StoreCommand } from '../with-store'
import { passwordNotes, passwordOptions, userOutput } from './user'

export const setPasswordCommand: StoreCommand = {
  name: 'user set-password',
  summary: "changes a user's password",
  positionals: ['USERNAME'],
  options: {
    ...passwordOptions,
    revoke: { type: 'boolean', about: "also revoke all of the user's grants" },
  },
  notes: passwordNotes,

  async run({ positionals: [username = ''], values, surroundings }, store) {
    const password = await readSecret('password', text(values, 'password-env'), surroundings)
    const user = await setPassword(store, username, password)
    if (values['revoke']) await revokeGrants(store, { userId: user.id })
    return userOutput(user)
  },
}
