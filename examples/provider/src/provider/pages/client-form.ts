import {
  type AuthMethod,
  type Client,
  type ClientChanges,
  OptionError,
  type NewClient,
} from '@oauth2-kit/core'
import type { Request } from 'express'
import { field, fields } from '../security/forms.js'

/** The values of a client's form. */
export interface ClientFields {
  id: string
  name: string
  type: string
  /** Empty: the Basic header or the body. */
  authMethod: string
  /** One per line. */
  redirectUris: string
  grantTypes: string[]
  /** Separated by spaces. */
  scopes: string
  anyScope: boolean
}

/** A field with an error. */
export interface Problem {
  field: string
  text: string
}

const labels: Readonly<Record<string, string>> = {
  id: 'Id',
  type: 'Type',
  authMethod: 'Secret is sent',
  redirectUris: 'Redirect URIs',
  grantTypes: 'Grant types',
  scopes: 'Scopes',
}

/** The initial values for a new client. */
export const emptyFields: ClientFields = {
  id: '',
  name: '',
  type: 'confidential',
  authMethod: '',
  redirectUris: '',
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: '',
  anyScope: false,
}

/** Returns the form values of a client. */
export function fieldsOf(client: Client): ClientFields {
  const { id, type, name = '', authMethod = '', redirectUris, grantTypes, scopes } = client
  return {
    id,
    type,
    name,
    authMethod,
    grantTypes,
    redirectUris: redirectUris.join('\n'),
    scopes: (scopes ?? []).join(' '),
    anyScope: scopes === null,
  }
}

/** Returns the posted form values. */
export function fieldsPosted(req: Request): ClientFields {
  const text = (name: string) => field(req, name)?.trim() ?? ''
  return {
    id: text('id'),
    name: text('name'),
    type: text('type'),
    authMethod: text('authMethod'),
    redirectUris: text('redirectUris'),
    grantTypes: fields(req, 'grantTypes').filter((grant) => typeof grant === 'string'),
    scopes: text('scopes'),
    anyScope: field(req, 'anyScope') !== undefined,
  }
}

/** Returns the new client that the form describes. The core validates it. */
export function newClientOf(form: ClientFields): NewClient {
  const { id, name, type, authMethod } = form
  return {
    ...listsOf(form),
    type: type as Client['type'],
    ...(id !== '' && { id }),
    ...(name !== '' && { name }),
    ...(type !== 'public' && authMethod !== '' && { authMethod: authMethod as AuthMethod }),
  }
}

/** Returns the changes to the client that the form describes. */
export function changesOf(form: ClientFields, client: Client): ClientChanges {
  return {
    ...listsOf(form),
    name: form.name === '' ? null : form.name,
    ...(hasSecret(client) && { authMethod: (form.authMethod || null) as AuthMethod | null }),
  }
}

/** Returns whether a client has a secret. A client with keys has none, and these pages keep its keys. */
export function hasSecret({ type, authMethod }: Client): boolean {
  return type !== 'public' && authMethod !== 'private_key_jwt'
}

/** Turns the core's error into one about a field of the form. Rethrows any other error. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof OptionError)) throw error
  const { option, message } = error
  const label = labels[option]
  if (label === undefined) throw error
  return { field: option, text: message.replace(`"${option}"`, `“${label}”`) }
}

function listsOf({ redirectUris, grantTypes, scopes, anyScope }: ClientFields) {
  return {
    redirectUris: wordsOf(redirectUris),
    grantTypes,
    scopes: anyScope ? null : wordsOf(scopes),
  }
}

function wordsOf(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))]
}
