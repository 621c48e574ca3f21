import type { User } from '@oauth2-kit/core'
import type { Options, Output } from '../command'
import { record } from '../table'

/** The options for the password of a user. */
export const passwordOptions: Options = {
  'password-env': {
    type: 'string',
    value: 'NAME',
    about: 'the environment variable with the password; default: the standard input',
  },
}

export const passwordNotes = [
  'At a terminal you are asked for the password twice; it is not shown.',
]

/** Returns a user without the password hash and the version. */
export function publicPart(user: User): Omit<User, 'passwordHash' | 'version'> {
  const { passwordHash: _, version: __, ...rest } = user
  return rest
}

/** Formats a user. */
export function userOutput(user: User): Output {
  const json = publicPart(user)
  return { json, text: record(json) }
}
