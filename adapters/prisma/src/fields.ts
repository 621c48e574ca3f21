import type { ClientRow, CredentialRow, Fields, RecordRow, UserRow } from './schema'

// The fields that the store reads. Each read names all of them: a PrismaClient with a global `omit`,
// or an extension with a default `select`, would leave some out.

export const credentialFields: Fields<CredentialRow> = Object.freeze({
  id: true,
  kind: true,
  grantId: true,
  claims: true,
  ordinal: true,
  clientId: true,
  userId: true,
  data: true,
  createdAt: true,
  expiresAt: true,
  keepUntil: true,
  owner: true,
})

export const clientFields: Fields<ClientRow> = Object.freeze({
  id: true,
  version: true,
  data: true,
})

export const userFields: Fields<UserRow> = Object.freeze({
  id: true,
  version: true,
  username: true,
  passwordHash: true,
  data: true,
  deletedUntil: true,
})

export const recordFields: Fields<RecordRow> = Object.freeze({
  id: true,
  data: true,
  expiresAt: true,
})
