import { optionError } from '../errors/option-error'

/** Throws an OptionError if the option `issuer` is undefined. */
export function assertIssuer({ issuer }: { issuer: string | undefined }): void {
  if (issuer !== undefined) return
  throw optionError(
    'issuer',
    "is missing: set it to the public URL of this server, such as 'https://auth.example.com'",
  )
}

/** Returns whether a URL uses https, or has a loopback host, which needs none. */
export function isSecureUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
}
