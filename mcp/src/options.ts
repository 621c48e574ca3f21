import type { AuthoriseOptions, OAuth2Server, Scopes } from '@oauth2-kit/core'
import { type Rules, anything, optionError, readOptions } from '@oauth2-kit/core/store-kit'
import { scopesOf } from './scopes'

/** A message of JSON-RPC, as the client sent it: nothing in it has been checked. */
export interface Message {
  readonly method?: unknown
  readonly params?: unknown
  readonly [name: string]: unknown
}

/**
 * The scopes that a message needs besides the option `scope`: by the name of the tool that it calls,
 * or a function, which returns undefined if the message needs no more.
 */
export type ToolScopes =
  | Readonly<Record<string, Scopes>>
  | ((message: Message) => Scopes | undefined | Promise<Scopes | undefined>)

/** The options of `mcpAuth()` and `mcpAuthenticate()`. */
export interface McpAuthOptions extends Pick<AuthoriseOptions, 'verify' | 'dpop'> {
  /** The URL of the MCP server: one of the option `resources`. Only tokens for it are accepted. */
  resource: string
  /** The scopes that every request needs: an array, or a string with spaces between them. @default none */
  scope?: Scopes
  /** The scopes that a tool or another operation needs besides `scope`. @default none */
  toolScopes?: ToolScopes
}

/** The rule for the option `resource`. The server checks whether it is one of its resources. */
export const resourceRule = [
  (value: unknown) => typeof value === 'string',
  'must be one of the option "resources" of oauthserver(), as a string',
] as const

const rules: Rules<McpAuthOptions> = {
  resource: resourceRule,
  // authorise() checks these.
  scope: anything,
  verify: anything,
  dpop: anything,
  toolScopes: [
    (value) => typeof value === 'function' || isPlainObject(value),
    "must be an object such as { 'add-note': 'notes:write' }, or a function (message) => scopes",
  ],
}

/** The checked options. */
export interface Settings {
  resource: string
  /** The options of `authorise()`, without `toolScopes`. */
  needs: AuthoriseOptions
  scopes: readonly string[]
  toolScopes: CheckedToolScopes | undefined
}

/** The scopes of each tool, by its name, or the function. */
export type CheckedToolScopes =
  | ReadonlyMap<unknown, readonly string[]>
  | Extract<ToolScopes, (message: Message) => unknown>

/**
 * Returns the checked options. Throws an OptionError if one is wrong, or if `resource` is missing: every
 * token of the server would be accepted.
 */
export function settingsOf(oauth: OAuth2Server, input: McpAuthOptions, of: string): Settings {
  const options = readOptions(input, rules, {
    of,
    example: "{ resource: 'https://mcp.example.com/mcp' }",
    undefinedIsLeftOut: false,
  })
  const { toolScopes, ...needs } = options
  assertResource(needs.resource)
  // Checks the other options now, and not at the first request.
  oauth.authorise(needs)
  const scope = scopesOf(needs.scope)
  return {
    resource: needs.resource,
    needs: scope ? { ...needs, scope } : needs,
    scopes: scope ?? [],
    toolScopes: typeof toolScopes === 'object' ? checked(toolScopes) : toolScopes,
  }
}

/** Throws an OptionError if the resource is missing. */
export function assertResource(resource: string | undefined): asserts resource is string {
  if (resource === undefined) throw optionError('resource', resourceRule[1])
}

function checked(toolScopes: Readonly<Record<string, Scopes>>): CheckedToolScopes {
  const all = Object.entries(toolScopes).map(([tool, value]) => {
    const scopes = scopesOf(value)
    if (scopes?.length) return [tool, scopes] as const
    throw optionError(
      'toolScopes',
      `has for ${JSON.stringify(tool)} no scopes: they must be a string or an array (RFC 6749 3.3). ` +
        'Leave out a tool that needs no more than the option "scope"',
    )
  })
  return new Map(all)
}

/** A Map, for example, would look like an object without tools. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
