import { optionError } from '@oauth2-kit/core/store-kit'

// The SDK recognises only its own error classes. An application may contain several copies of them,
// so they are passed in, and not found by a guess.

/**
 * The error classes of the MCP SDK that the application uses: `import * as errors from
 * '@modelcontextprotocol/sdk/server/auth/errors.js'` or `'@modelcontextprotocol/server-legacy/auth'`, or
 * `{ OAuthError }` of `'@modelcontextprotocol/server'`.
 */
export interface SdkErrors {
  // oxlint-disable-next-line no-explicit-any -- version 1 and version 2 differ
  readonly OAuthError: new (...args: any[]) => Error
  // oxlint-disable-next-line no-explicit-any -- the rest of the module
  readonly [name: string]: any
}

/** Returns the error of the SDK for an OAuth error code. */
export type ErrorOf = (code: string, message: string) => Error

type ErrorClass = (new (...args: string[]) => Error) & { readonly errorCode?: unknown }

/** Returns how to make the errors of the SDK. Throws an OptionError if they are not its classes. */
export function errorOf(errors: unknown): ErrorOf {
  const classes = classesIn(errors)
  const { OAuthError, CustomOAuthError } = (errors ?? {}) as Record<string, ErrorClass | undefined>
  const byCode = new Map(classes.map((one) => [one.errorCode, one]))
  if (byCode.has('invalid_token'))
    return (code, message) => {
      // Version 1 has one class for each code.
      const Class = byCode.get(code)
      if (Class) return new Class(message)
      return CustomOAuthError
        ? new CustomOAuthError(code, message)
        : new (byCode.get('invalid_token')!)(message)
    }
  if (typeof OAuthError === 'function' && takesCode(OAuthError))
    return (code, message) => new OAuthError(code, message)
  throw optionError(
    'errors',
    "must be the error classes of the MCP SDK: import * as errors from '@modelcontextprotocol/sdk/" +
      "server/auth/errors.js', or { OAuthError } of '@modelcontextprotocol/server'",
  )
}

/** Returns whether it is the class of version 2. That of version 1, the base of others, has no code. */
function takesCode(OAuthError: ErrorClass): boolean {
  const { code } = new OAuthError('invalid_token', '') as Error & { code?: unknown }
  return code === 'invalid_token'
}

/** Returns the classes of version 1, which have an error code each. */
function classesIn(errors: unknown): ErrorClass[] {
  if (typeof errors !== 'object' || errors === null) return []
  return Object.values(errors).filter(
    (value): value is ErrorClass =>
      typeof value === 'function' && typeof (value as ErrorClass).errorCode === 'string',
  )
}
