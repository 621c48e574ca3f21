import { optionError } from '../errors/option-error'
import { parsedUrl } from '../values/parsed-url'
import { isSecureUrl } from './issuer'
import type { Rule } from './rules'

/** The grant type of devices without a browser or keyboard (RFC 8628 3.4). */
export const deviceCodeName = 'urn:ietf:params:oauth:grant-type:device_code'

/** The maximum of the option `deviceCodeLifetime`, in seconds: more would make guesses more likely. */
export const longestDeviceCode = 86_400

/** The rule for the option `verificationUri` (RFC 8628 3.2). */
export const verificationUriRule: Rule = [
  isPageUrl,
  'must be an absolute http or https URL without fragment, user name and the parameter "user_code"',
]

function isPageUrl(value: unknown): boolean {
  // A user types it, and it is put into JSON and QR codes: only plain characters.
  if (typeof value !== 'string' || !/^https?:\/\/[\x21-\x7e]+$/i.test(value)) return false
  const url = parsedUrl(value)
  if (!url || value.includes('#') || url.username !== '' || url.password !== '') return false
  return !url.searchParams.has('user_code')
}

/** The settings that the option has to fit. */
interface OtherSettings {
  grants: readonly string[]
  allowInsecureIssuer: boolean
}

/** Throws an OptionError if the option `verificationUri` does not fit the others. */
export function assertVerificationUri(
  uri: string,
  { grants, allowInsecureIssuer }: OtherSettings,
): void {
  if (!grants.includes(deviceCodeName))
    throw optionError(
      'verificationUri',
      `needs the grant type ${deviceCodeName}: add it to "grants"`,
    )
  if (!isSecureUrl(uri) && !allowInsecureIssuer)
    throw optionError(
      'verificationUri',
      'must be an https URL (http on a loopback host, or with "allowInsecureIssuer")',
    )
}
