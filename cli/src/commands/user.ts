import type { User } from '@oauth2-kit/core'
import type { Options, Output } from '../command'
import { record } from '../table'

/** How the commands about users are given a password. */
export const passwordOptions: Options = {
  'password-env': {
    type: 'string',
    value: 'NAME',
    about: 'the variable that has the password; otherwise it is read from the standard input',
  },
}

export const passwordNotes = ['At a terminal you are asked for the password, and do not see it.']

/** A user, without the hash of the password. */
export function userOutput(user: User): Output {
  const { passwordHash: _, ...json } = user
  return { json, text: record(json) }
}
