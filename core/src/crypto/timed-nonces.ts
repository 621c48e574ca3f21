import { createHmac } from 'node:crypto'
import { equalHashes } from './hash'

const stepMs = 60_000
// A nonce is accepted in the step that made it and in the following ones.
const stepsAccepted = 5

/**
 * Nonces that prove when they were made. Nothing is stored: a nonce is a time and its HMAC, so every
 * process that has the secret accepts it.
 */
export interface TimedNonces {
  /** Returns a nonce. It is the same for a minute. `at` is in milliseconds since the epoch. */
  make(at: number): string
  /**
   * Returns when the nonce ends, in milliseconds since the epoch, or `null` unless it is valid at
   * this time. A nonce is valid for four to five minutes.
   */
  endOf(nonce: string, at: number): number | null
}

/**
 * Returns nonces for one purpose. The first secret makes them, and each of the others is accepted
 * too, so that a secret can be replaced. `purpose` separates them from other uses of the secrets.
 */
export function timedNonces(secrets: readonly string[], purpose: string): TimedNonces {
  const macOf = (secret: string, step: number) =>
    createHmac('sha256', secret).update(`oauth2-kit ${purpose} ${step}`).digest('base64url')

  return {
    make(at) {
      const step = Math.floor(at / stepMs)
      return `${step}.${macOf(secrets[0]!, step)}`
    },

    endOf(nonce, at) {
      const [, digits, mac = ''] = /^(\d{1,12})\.([\w-]{43})$/.exec(nonce) ?? []
      const step = Number(digits)
      const age = Math.floor(at / stepMs) - step
      // The clock of another process may be up to one step ahead.
      if (!(age >= -1 && age < stepsAccepted)) return null
      const isOurs = secrets.some((secret) => equalHashes(macOf(secret, step), mac))
      return isOurs ? (step + stepsAccepted) * stepMs : null
    },
  }
}
