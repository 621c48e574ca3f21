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

/** What is shown of a user: neither the hash of the password, nor what is the store's business. */
export function publicPart(user: User): Omit<User, 'passwordHash' | 'version'> {
  const { passwordHash: _, version: __, ...rest } = user
  return rest
}

/** One user. */
export function userOutput(user: User): Output {
  const json = publicPart(user)
  return { json, text: record(json) }
}
