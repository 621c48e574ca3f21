import { InvalidTokenError } from '@oauth2-kit/core'
import { amended } from '../../../core/dist/errors/amend-error'
import type { Trick } from './trick'

/** The error of a refused request, whose copy for the response computes no stack. */
export const lazyStack: Trick = () => ({
  plain() {
    const error = refusal()
    return Object.defineProperty(copyOf(error), 'stack', { value: error.stack })
  },
  trick: () => copyOf(refusal()),
})

function refusal() {
  return new InvalidTokenError('The access token provided is invalid.')
}

function copyOf(error: InvalidTokenError) {
  return amended(error, 401, { 'WWW-Authenticate': 'Bearer' })
}
