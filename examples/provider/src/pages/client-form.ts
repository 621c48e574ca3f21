import type { Client, ClientChanges, NewClient } from '@oauth2-kit/core'
import type { Request } from 'express'
import { field, fields } from '../security/forms'

/** What the fields of a client's form hold. */
export interface ClientFields {
  id: string
  name: string
  type: string
  authMethod: string
  /** One a line. */
  redirectUris: string
  grants: string[]
  /** With spaces between them. */
  scopes: string
  anyScope: boolean
}

/** What is wrong with a field. */
export interface Problem {
  field: string
  text: string
}

const labels: Readonly<Record<string, string>> = {
  id: 'Id',
  type: 'Type',
  authMethod: 'Secret is sent',
  redirectUris: 'Redirect URIs',
  grants: 'Grants',
  scopes: 'Scopes',
}

/** A form for a new client, as it is at first. */
export const emptyFields: ClientFields = {
  id: '',
  name: '',
  type: 'confidential',
  authMethod: 'client_secret_basic',
  redirectUris: '',
  grants: ['authorization_code', 'refresh_token'],
  scopes: '',
  anyScope: false,
}

/** A form for this client. */
export function fieldsOf({ name = '', redirectUris, scopes, ...client }: Client): ClientFields {
  return {
    ...client,
    name,
    redirectUris: redirectUris.join('\n'),
    scopes: (scopes ?? []).join(' '),
    anyScope: scopes === null,
  }
}

/** The form as it was posted. */
export function fieldsPosted(req: Request): ClientFields {
  const text = (name: string) => field(req, name)?.trim() ?? ''
  return {
    id: text('id'),
    name: text('name'),
    type: text('type'),
    authMethod: text('authMethod'),
    redirectUris: text('redirectUris'),
    grants: fields(req, 'grants').filter((grant) => typeof grant === 'string'),
    scopes: text('scopes'),
    anyScope: field(req, 'anyScope') !== undefined,
  }
}

/** The client that the form is for. What is wrong with it is for the core to say. */
export function newClientOf(form: ClientFields): NewClient {
  const { id, name, type, authMethod } = form
  return {
    ...listsOf(form),
    type: type as Client['type'],
    ...(id !== '' && { id }),
    ...(name !== '' && { name }),
    ...(type !== 'public' && { authMethod: authMethod as Client['authMethod'] }),
  }
}

/** What the form changes in that client. */
export function changesOf(form: ClientFields, { type }: Client): ClientChanges {
  return {
    ...listsOf(form),
    name: form.name === '' ? null : form.name,
    ...(type !== 'public' && { authMethod: form.authMethod as Client['authMethod'] }),
  }
}

/** What the core finds wrong, in the words of the form. Rethrows whatever else it is. */
export function problemOf(error: unknown): Problem {
  const [quoted, name = ''] = (error instanceof TypeError && /^"(\w+)"/.exec(error.message)) || []
  const label = labels[name]
  if (quoted === undefined || label === undefined) throw error
  return { field: name, text: `“${label}”${(error as Error).message.slice(quoted.length)}` }
}

function listsOf({ redirectUris, grants, scopes, anyScope }: ClientFields) {
  return {
    redirectUris: wordsOf(redirectUris),
    grants,
    scopes: anyScope ? null : wordsOf(scopes),
  }
}

function wordsOf(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))]
}
