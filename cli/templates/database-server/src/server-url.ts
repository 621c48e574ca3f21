import { setting } from './config.js'
import { fail } from './environment.js'

/**
 * Returns the setting DATABASE_URL, or else `fallback`. Throws a `ConfigurationError` unless it
 * begins with one of the protocols.
 */
export function serverUrl(fallback: string, protocols: readonly string[]): string {
  const url = setting('DATABASE_URL', fallback)
  if (!protocols.some((protocol) => url.startsWith(`${protocol}//`)) || !isDecodable(url)) {
    // Not the URL itself, which contains the password.
    fail(
      `DATABASE_URL must be like ${fallback}, with special characters of the password in percent-encoding`,
    )
  }
  return url
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}
