import { type NewClient, createClient } from '@oauth2-kit/core'
import { type Values, text } from '../command'
import type { StoreCommand } from '../with-store'
import { chosenSecret, clientChanges, clientOptions, secretOptions } from './client-options'
import { clientWithSecret } from './client-output'

export const createClientCommand: StoreCommand = {
  name: 'client create',
  summary: 'registers a client, and shows its secret this once',
  positionals: [],
  options: {
    id: {
      type: 'string',
      value: 'ID',
      about: 'an id of your choice; random otherwise',
      property: 'id',
    },
    public: { type: 'boolean', about: 'it can keep no secret: an app of a browser or a phone' },
    ...clientOptions,
    ...secretOptions,
  },
  notes: [
    'Without --grant it may use authorization_code and refresh_token, which needs a --redirect-uri.',
  ],

  async run({ values, surroundings }, store) {
    const secret = await chosenSecret(values, surroundings)
    const type = values['public'] ? 'public' : 'confidential'
    const given = { ...newClient(values), type, secret } as const
    return clientWithSecret(await createClient(store, given))
  },
}

/** To take something away from a client that is new means nothing. */
function newClient(values: Values): NewClient {
  const { name, userId, metadata, accessTokenLifetime, refreshTokenLifetime, ...rest } =
    clientChanges(values)
  const client: NewClient = {
    ...rest,
    id: text(values, 'id'),
    name: name ?? undefined,
    userId: userId ?? undefined,
    metadata: metadata ?? undefined,
    accessTokenLifetime: accessTokenLifetime === 'default' ? undefined : accessTokenLifetime,
    refreshTokenLifetime: refreshTokenLifetime === 'default' ? undefined : refreshTokenLifetime,
  }
  return Object.fromEntries(Object.entries(client).filter(([, value]) => value !== undefined))
}
