/** A wrong setting. The message says which one, and what to do. */
export class ConfigurationError extends Error {}

const faults = [TypeError, ReferenceError, RangeError]

/**
 * Prints why the program can't start, and ends it with exit code 1. A wrong setting or a database
 * that is away is one line; a fault of the program has its stack.
 */
export function giveUp(error: unknown): never {
  const isFault = !(error instanceof Error) || faults.some((fault) => error instanceof fault)
  console.error(isFault ? error : error.message)
  process.exit(1)
}

/** Throws a `ConfigurationError`. */
export function fail(message: string): never {
  throw new ConfigurationError(message)
}

/** Returns the port in a setting. 0 means any free port. */
export function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) {
    fail(`PORT is "${text}": use a number from 0 (any free port) to 65535`)
  }
  return port
}

/** Returns the origin in the setting `ISSUER`. */
export function issuerOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The pages link to each other from the root of the host.
  if (url?.origin !== text || !isSafe(url)) {
    fail(
      `ISSUER is "${text}": use the https origin that browsers see, such as https://auth.example.com, without a path or a trailing slash (http on a loopback host only)`,
    )
  }
  return text
}

/** Returns the entries of a setting, separated by commas or spaces, without duplicates. */
export function list(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((item) => item !== ''))]
}

/** Returns the origins in a setting. */
export function originsOf(name: string, text: string): string[] {
  return list(text).map((origin) => {
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (url?.origin !== origin || origin.includes('*')) {
      fail(
        `${name} has "${origin}": use origins such as https://app.example.com, without a path or a wildcard`,
      )
    }
    return origin
  })
}

function isSafe({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  )
}
