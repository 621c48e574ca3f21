import { type NewClient, createClient } from '@oauth2-kit/core'
import { type Surroundings, type Values, text } from '../command'
import type { StoreCommand } from '../with-store'
import {
  chosenSecret,
  clientChanges,
  clientOptions,
  redirectUriOptions,
  secretOptions,
} from './client-options'
import { clientWithSecret } from './client-output'

export const createClientCommand: StoreCommand = {
  name: 'client create',
  summary: 'registers a client and shows its secret once',
  positionals: [],
  options: {
    id: {
      type: 'string',
      value: 'ID',
      about: 'the id; default: a random one',
      property: 'id',
    },
    public: { type: 'boolean', about: 'a client without a secret: a browser or mobile app' },
    ...clientOptions,
    ...secretOptions,
  },
  notes: ['Default of --grant: authorization_code and refresh_token, which need a --redirect-uri.'],

  async run({ values, surroundings }, store) {
    const secret = await chosenSecret(values, surroundings)
    const type = values['public'] ? 'public' : 'confidential'
    const given = { ...(await newClient(values, surroundings)), type, secret } as const
    return clientWithSecret(await createClient(store, given, redirectUriOptions(values)))
  },
}

/** Converts changes to a new client, in which an empty value has nothing to remove. */
async function newClient(values: Values, surroundings: Surroundings): Promise<NewClient> {
  const given = Object.entries({
    ...(await clientChanges(values, surroundings)),
    id: text(values, 'id'),
  })
  return Object.fromEntries(
    given.filter(
      ([name, value]) =>
        value !== undefined && value !== 'default' && (value !== null || nullable.has(name)),
    ),
  )
}

/** The properties for which `null` is a value: any scope, or "never expires". */
const nullable = new Set(['scopes', 'accessTokenLifetime', 'refreshTokenLifetime'])
