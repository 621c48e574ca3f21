import {
  type AuthoriseOptions,
  type Client,
  type OAuth2Server,
  OptionError,
  type RouteOptions,
  type Store,
  TemporarilyUnavailableError,
  getClient,
} from '@oauth2-kit/core'
import { type Rules, aBoolean, optionError, readOptions } from '@oauth2-kit/core/store-kit'
import { assertResource } from './options'
import { type ErrorOf, errorOf } from './sdk-errors'
import {
  type McpTokenVerifierOptions,
  type TokenVerifier,
  verifier,
  verifierRules,
} from './token-verifier'

/** The options of `mcpServerProvider()`. */
export interface McpServerProviderOptions extends McpTokenVerifierOptions {
  /** The path of the endpoints of `router()`, below the path of the issuer. @default '/oauth' */
  prefix?: string
  /**
   * Whether clients may register themselves (RFC 7591). It needs the option `registration` of
   * `oauthserver()`. @default false
   */
  registration?: boolean
}

/** A client as `mcpAuthRouter` knows it. */
export interface RegisteredClient {
  client_id: string
  redirect_uris: string[]
  [name: string]: unknown
}

/** An authorization request that `mcpAuthRouter` has read. */
export interface AuthorizeParams {
  state?: string | undefined
  scopes?: string[] | undefined
  codeChallenge: string
  redirectUri: string
  resource?: URL | undefined
}

/** The response of the token endpoint. */
export interface Tokens {
  access_token: string
  token_type: string
  expires_in?: number
  scope?: string
  refresh_token?: string
}

/** An `OAuthServerProvider` of the MCP SDK: version 1, and `server-legacy` of version 2. */
export interface McpServerProvider extends TokenVerifier {
  readonly clientsStore: {
    /** Resolves with a public client, or with undefined if it is unknown or has a secret. */
    getClient(id: string): Promise<RegisteredClient | undefined>
    /** Registers a public client. Only with the option `registration`. */
    // oxlint-disable-next-line no-explicit-any -- the SDK has checked it, by types of its own
    registerClient?: (metadata: any) => Promise<any>
  }
  /** True: the token endpoint checks the PKCE verifier itself. */
  readonly skipLocalPkceValidation: true
  /** Redirects the browser to the authorization endpoint of `router()`. */
  authorize(
    client: RegisteredClient,
    params: AuthorizeParams,
    response: { redirect(url: string): void },
  ): Promise<void>
  /** Rejects: the SDK does not call it. */
  challengeForAuthorizationCode(): Promise<never>
  exchangeAuthorizationCode(
    client: RegisteredClient,
    code: string,
    verifier?: string,
    redirectUri?: string,
    resource?: URL,
  ): Promise<Tokens>
  exchangeRefreshToken(
    client: RegisteredClient,
    refreshToken: string,
    scopes?: string[],
    resource?: URL,
  ): Promise<Tokens>
  revokeToken(
    client: RegisteredClient,
    request: { token: string; token_type_hint?: string | undefined },
  ): Promise<void>
}

const rules: Rules<McpServerProviderOptions> = {
  ...verifierRules,
  prefix: [
    (value) => typeof value === 'string',
    'must be the option "prefix" of router(), such as "/oauth"',
  ],
  registration: aBoolean,
}

/**
 * Returns a provider for `mcpAuthRouter` of the MCP SDK. `router()` must be mounted too: it has the pages
 * for sign-in and consent. The SDK compares secrets as plain text, which a store does not have, so
 * that only public clients can use `mcpAuthRouter`. Throws an OptionError if an option is wrong, or if
 * the SDK would spell the issuer differently.
 */
export function mcpServerProvider(
  oauth: OAuth2Server,
  options: McpServerProviderOptions,
): McpServerProvider {
  const { errors, prefix, registration, ...needs } = readOptions(options, rules, {
    of: 'mcpServerProvider()',
    defaults: { prefix: '/oauth', registration: false },
    undefinedIsLeftOut: false,
  })
  assertResource(needs.resource)
  oauth.authorise(needs)
  assertIssuer(oauth)
  const make = errorOf(errors)
  const endpoints = ['token', 'revoke', ...(registration ? ['register'] : [])]
  const handler = oauth.handler({ prefix, endpoints } as RouteOptions)
  const base = `${oauth.issuer?.replace(/\/$/, '')}${prefix}`
  const call = async (path: string, init: RequestInit) =>
    answerOf(await handler(new Request(`${base}${path}`, { method: 'POST', ...init })), make)
  return providerOf(oauth, needs, { base, call, make, registration })
}

interface Connection {
  /** The URL below which the endpoints are. */
  base: string
  /** Sends a POST to an endpoint in this process. */
  call: (path: string, init: RequestInit) => Promise<unknown>
  make: ErrorOf
  registration: boolean
}

function providerOf(
  oauth: OAuth2Server,
  needs: AuthoriseOptions & { resource: string },
  { base, call, make, registration }: Connection,
): McpServerProvider {
  const post = (path: string, form: Form) => call(path, { body: parameters(form) })
  const token = async (form: Form) => (await post('/token', form)) as Tokens

  return {
    ...verifier(oauth, needs, make),

    clientsStore: {
      getClient: async (id) => publicClient(await bounded(clientOf(oauth.model as Store, id))),
      ...(registration && {
        // The SDK would also generate a secret, which it compares as plain text.
        registerClient: async (metadata: object) =>
          call('/register', {
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ ...publicMetadata(metadata) }),
          }),
      }),
    },

    skipLocalPkceValidation: true,

    async challengeForAuthorizationCode() {
      throw make('server_error', 'The token endpoint checks the PKCE verifier')
    },

    async authorize(client, { state, scopes, codeChallenge, redirectUri, resource }, response) {
      const query = parameters({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: redirectUri,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        state,
        scope: scopes?.join(' ') || undefined,
        resource: resource?.href ?? needs.resource,
      })
      response.redirect(`${base}/authorize?${query.toString()}`)
    },

    exchangeAuthorizationCode: (client, code, codeVerifier, redirectUri, resource) =>
      token({
        grant_type: 'authorization_code',
        client_id: client.client_id,
        code,
        code_verifier: codeVerifier,
        // authorize() always sends it. Without one, the SDK has used the only one.
        redirect_uri: redirectUri ?? onlyOne(client.redirect_uris),
        resource: resource?.href,
      }),

    exchangeRefreshToken: (client, refreshToken, scopes, resource) =>
      token({
        grant_type: 'refresh_token',
        client_id: client.client_id,
        refresh_token: refreshToken,
        scope: scopes?.join(' '),
        resource: resource?.href,
      }),

    async revokeToken(client, { token: text, token_type_hint }) {
      await post('/revoke', { client_id: client.client_id, token: text, token_type_hint })
    },
  }
}

/**
 * Throws an OptionError if the SDK spells the issuer differently. Its metadata has the `href`, and
 * clients compare that with the `iss` of the response (RFC 9207 2.4).
 */
function assertIssuer({ issuer }: OAuth2Server): void {
  if (issuer === undefined) throw optionError('issuer', 'is missing: set it in oauthserver()')
  const { href } = new URL(issuer)
  if (href === issuer) return
  throw optionError('issuer', `is spelled differently by mcpAuthRouter: set it to ${href}`)
}

/** Resolves with the client, or with null if it is unknown or its id is not valid. */
async function clientOf(store: Store, id: string): Promise<Client | null> {
  try {
    return await getClient(store, id)
  } catch (error) {
    if (error instanceof OptionError) return null
    throw error
  }
}

/** The maximum time for a look-up of a client in milliseconds. */
const longestLookUp = 10_000

/** Rejects if the store takes too long, because the SDK waits without a limit. */
async function bounded<T>(lookUp: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new TemporarilyUnavailableError('The store did not respond in time'))
    timer = setTimeout(fail, longestLookUp)
  })
  try {
    return await Promise.race([lookUp, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Returns a public client for the SDK, which takes a client without a secret as authenticated. */
function publicClient(client: Client | null): RegisteredClient | undefined {
  if (client?.type !== 'public' || client.secretHash !== null) return undefined
  const { id, redirectUris, grantTypes, scopes, name } = client
  return {
    client_id: id,
    redirect_uris: [...redirectUris],
    grant_types: [...grantTypes],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...(name !== undefined && { client_name: name }),
    ...(scopes && { scope: scopes.join(' ') }),
  }
}

/** Returns the metadata of a public client (RFC 7591 2): the server may replace what was requested. */
function publicMetadata(metadata: object): object {
  const own = ['client_id', 'client_id_issued_at', 'client_secret', 'client_secret_expires_at']
  const requested = Object.entries(metadata).filter(([name]) => !own.includes(name))
  return { ...Object.fromEntries(requested), token_endpoint_auth_method: 'none' }
}

/** Resolves with the JSON of a response. Throws the error of the SDK if it is an error. */
async function answerOf(response: Response, make: ErrorOf): Promise<unknown> {
  const text = await response.text()
  if (response.ok) return text === '' ? {} : JSON.parse(text)
  // The SDK answers errors other than its own with a 500, and has no status 503.
  if (response.status >= 500) throw new TemporarilyUnavailableError('The server failed: try again')
  const { error = 'invalid_request', error_description: description = error } = JSON.parse(
    text,
  ) as Record<string, string>
  throw make(error, description)
}

type Form = Readonly<Record<string, string | undefined>>

/** Returns the parameters that have a value. */
function parameters(values: Form): URLSearchParams {
  const present = Object.entries(values).filter(([, value]) => value !== undefined)
  return new URLSearchParams(present as [string, string][])
}

function onlyOne(uris: readonly string[]): string | undefined {
  return uris.length === 1 ? uris[0] : undefined
}
