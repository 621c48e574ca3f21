import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { AuthMethod, ClientChanges, JsonWebKeySet, RedirectUriOptions } from '@oauth2-kit/core'
import { type Options, type Surroundings, UsageError, type Values, text, texts } from '../command'
import { readSecret } from '../secret-input'

/** The options that `client create` and `client update` share. */
export const clientOptions: Options = {
  name: { type: 'string', value: 'TEXT', about: 'the name on a consent page', property: 'name' },
  'redirect-uri': {
    type: 'string',
    multiple: true,
    value: 'URI',
    about: 'a redirect URI',
    property: 'redirectUris',
  },
  grant: {
    type: 'string',
    multiple: true,
    value: 'TYPE',
    about: 'a grant type, such as authorization_code or device_code',
    property: 'grantTypes',
  },
  scope: {
    type: 'string',
    multiple: true,
    value: 'SCOPE',
    about: 'a scope it may request',
    property: 'scopes',
  },
  'any-scope': { type: 'boolean', about: 'it may request any scope' },
  'auth-method': {
    type: 'string',
    value: 'METHOD',
    about: 'client_secret_basic, client_secret_post, "any" of both, or private_key_jwt',
    property: 'authMethod',
  },
  jwks: {
    type: 'string',
    value: 'FILE',
    about: 'the file with its public keys, a JWK Set, for private_key_jwt',
    property: 'jwks',
  },
  'jwks-uri': {
    type: 'string',
    value: 'URL',
    about: 'the URL where it publishes its keys, for private_key_jwt',
    property: 'jwksUri',
  },
  resource: {
    type: 'string',
    multiple: true,
    value: 'URI',
    about: 'a resource whose tokens it may introspect',
    property: 'resources',
  },
  'introspects-all': {
    type: 'boolean',
    about: 'it may introspect every access token',
    property: 'introspectsAll',
  },
  'allowed-resource': {
    type: 'string',
    multiple: true,
    value: 'URI',
    about: 'a resource it may request tokens for; default: all',
    property: 'allowedResources',
  },
  pkce: {
    type: 'string',
    value: 'WHEN',
    about: '"required", "optional" or "default" (that of the server)',
    property: 'requirePkce',
  },
  rotation: {
    type: 'string',
    value: 'WHEN',
    about: '"always", or "never" to keep the first refresh token',
    property: 'refreshTokenRotation',
  },
  dpop: {
    type: 'string',
    value: 'WHEN',
    about: '"required", or "optional" to accept token requests without a DPoP proof',
    property: 'dpopBoundAccessTokens',
  },
  par: {
    type: 'string',
    value: 'WHEN',
    about: '"required", or "optional" to accept requests that were not pushed',
    property: 'requirePushedAuthorizationRequests',
  },
  'access-token-format': {
    type: 'string',
    value: 'FORMAT',
    about: '"jwt", "opaque" or "default" (that of the resource or the server)',
    property: 'accessTokenFormat',
  },
  'private-use-scheme': {
    type: 'string',
    multiple: true,
    value: 'SCHEME',
    about: 'a scheme of an app for redirect URIs, such as cursor',
  },
  'user-id': {
    type: 'string',
    value: 'ID',
    about: 'the user for whom its own tokens act',
    property: 'userId',
  },
  'access-token-lifetime': {
    type: 'string',
    value: 'SECONDS',
    about: 'seconds, "never" (expires) or "default"',
    property: 'accessTokenLifetime',
  },
  'refresh-token-lifetime': {
    type: 'string',
    value: 'SECONDS',
    about: 'seconds, "never" (expires) or "default"',
    property: 'refreshTokenLifetime',
  },
  metadata: {
    type: 'string',
    value: 'JSON',
    about: 'an object of your own',
    property: 'metadata',
  },
}

/** The options for a secret that the caller chooses. */
export const secretOptions: Options = {
  'secret-env': {
    type: 'string',
    value: 'NAME',
    about: 'the environment variable with the secret; default: a random secret',
  },
  'secret-stdin': { type: 'boolean', about: 'read the secret from the standard input' },
}

/** Resolves with the secret that these options name, or with `undefined` if neither is set. */
export async function chosenSecret(
  values: Values,
  surroundings: Surroundings,
): Promise<string | undefined> {
  const variable = text(values, 'secret-env')
  if (variable !== undefined && values['secret-stdin'])
    throw new UsageError('use only one of --secret-env and --secret-stdin')
  if (variable === undefined && !values['secret-stdin']) return undefined
  return readSecret('secret', variable, surroundings)
}

/**
 * Returns the changes that these options describe, without properties for options that are not set.
 */
export async function clientChanges(
  values: Values,
  surroundings: Pick<Surroundings, 'cwd'>,
): Promise<ClientChanges> {
  const scopes = texts(values, 'scope')?.flatMap((scope) => scope.split(' ').filter(Boolean))
  const changes: ClientChanges = {
    name: orNull(text(values, 'name')),
    redirectUris: texts(values, 'redirect-uri'),
    grantTypes: texts(values, 'grant')?.map((grant) => longNames.get(grant) ?? grant),
    scopes: values['any-scope'] ? null : scopes,
    authMethod: authMethod(values),
    ...(await keysIn(values, surroundings)),
    resources: texts(values, 'resource')?.filter((uri) => uri !== ''),
    introspectsAll: introspectsAll(values),
    allowedResources: listOrNull(texts(values, 'allowed-resource')),
    requirePkce: choice(values, 'pkce', { required: true, optional: false, default: null }),
    refreshTokenRotation: choice(values, 'rotation', { always: null, never: false }),
    dpopBoundAccessTokens: choice(values, 'dpop', { required: true, optional: null }),
    requirePushedAuthorizationRequests: choice(values, 'par', { required: true, optional: null }),
    accessTokenFormat: choice(values, 'access-token-format', formats),
    userId: orNull(text(values, 'user-id')),
    accessTokenLifetime: lifetime(values, 'access-token-lifetime'),
    refreshTokenLifetime: lifetime(values, 'refresh-token-lifetime'),
    metadata: metadataOf(values),
  }
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

/** The grant types whose names are URNs, by the names that `--grant` takes for them too. */
const longNames = new Map(
  ['device_code', 'jwt-bearer'].map((name) => [name, `urn:ietf:params:oauth:grant-type:${name}`]),
)

const formats = { jwt: 'jwt', opaque: 'opaque', default: null } as const

/** Returns the schemes in `--private-use-scheme`. */
export function redirectUriOptions(values: Values): RedirectUriOptions {
  return { privateUseSchemes: texts(values, 'private-use-scheme') ?? [] }
}

/**
 * Resolves with the keys of a client that has some, and with changes that remove them if it gets
 * another authentication method.
 */
async function keysIn(values: Values, { cwd }: Pick<Surroundings, 'cwd'>): Promise<ClientChanges> {
  const [file, uri] = [text(values, 'jwks'), text(values, 'jwks-uri')]
  if (file !== undefined && uri !== undefined)
    throw new UsageError('use only one of --jwks and --jwks-uri')
  if (file !== undefined) return { jwks: await jwksIn(path.resolve(cwd, file)), jwksUri: null }
  if (uri !== undefined) return { jwks: null, jwksUri: uri }
  const isBySecret = !['private_key_jwt', undefined].includes(text(values, 'auth-method'))
  return isBySecret ? { jwks: null, jwksUri: null } : {}
}

async function jwksIn(file: string): Promise<JsonWebKeySet> {
  const json = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--jwks: the file "${file}" cannot be read`, { cause })
  })
  const value = parsed(json)
  if (typeof value === 'object' && value !== null) return value as JsonWebKeySet
  throw new UsageError(`--jwks: the file "${file}" is not a JWK Set in JSON`)
}

function authMethod(values: Values): ClientChanges['authMethod'] {
  const given = text(values, 'auth-method')
  if (given === undefined && (values['jwks'] ?? values['jwks-uri']) !== undefined)
    return 'private_key_jwt'
  return given === 'any' ? null : (given as AuthMethod | undefined)
}

/** Returns `null`, which removes the property, for a list whose only value is empty. */
function listOrNull(given: string[] | undefined): string[] | null | undefined {
  const list = given?.filter((uri) => uri !== '')
  return list?.length === 0 ? null : list
}

/** Returns what the value of an option stands for, or `undefined` if the option is not set. */
function choice<T>(values: Values, name: string, meanings: Record<string, T>): T | undefined {
  const given = text(values, name)
  if (given === undefined) return undefined
  const names = Object.keys(meanings)
  if (!names.includes(given)) throw new UsageError(`--${name} must be ${names.join(' or ')}`)
  return meanings[given]
}

/** Returns the object in `--metadata`; `null` if it is empty, `undefined` if it is not set. */
export function metadataOf(values: Values): Record<string, unknown> | null | undefined {
  const json = orNull(text(values, 'metadata'))
  if (typeof json !== 'string') return json
  const value = parsed(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('--metadata must be a JSON object, such as \'{"logo":"https://..."}\'')
  return value as Record<string, unknown>
}

function introspectsAll(values: Values): boolean | undefined {
  const [all, own] = [values['introspects-all'], values['no-introspects-all']]
  if (all && own) throw new UsageError('use only one of --introspects-all and --no-introspects-all')
  if (own) return false
  return all ? true : undefined
}

/** Returns the whole number of seconds in an option, or `undefined` if it is not set. */
export function secondsIn(values: Values, name: string): number | undefined {
  const given = text(values, name)
  if (given === undefined) return undefined
  if (/^\d+$/.test(given)) return Number(given)
  throw new UsageError(`--${name} must be a whole number of seconds`)
}

function lifetime(values: Values, name: string): number | null | 'default' | undefined {
  const given = text(values, name)
  if (given === undefined || given === 'default') return given
  if (given === 'never') return null
  if (/^\d+$/.test(given)) return Number(given)
  throw new UsageError(`--${name} must be a whole number of seconds, "never" or "default"`)
}

function orNull(given: string | undefined): string | null | undefined {
  return given === '' ? null : given
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
