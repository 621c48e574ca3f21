import { hash, randomUUID } from 'node:crypto'
import type {
  Client,
  Credential,
  Grant,
  GrantRef,
  Hash,
  NewCredential,
  StoredRecord,
  User,
} from '@oauth2-kit/core'

// Everything is named at random: cases share a database, and find there what others have left.

/** A time in whole seconds: what loses milliseconds is caught where a case is about them. */
export function wholeSecond(time = Date.now()): number {
  return Math.floor(time / 1000) * 1000
}

/** An id that nobody else has. */
export function anId(kind: string): string {
  return `${kind}-${digits().slice(0, 16)}`
}

/** The hash of a token that nobody else has. */
export function aHash(): Hash {
  return hash('sha256', randomUUID())
}

/** A version that no record has had. */
export function aVersion(): string {
  return digits()
}

export function aClient(differences: Partial<Client> = {}): Client {
  return {
    id: anId('client'),
    version: aVersion(),
    secretHash: aHash(),
    type: 'confidential',
    authMethod: 'client_secret_basic',
    redirectUris: ['https://client.example/callback'],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['profile'],
    ...differences,
  }
}

export function aUser(differences: Partial<User> = {}): User {
  return {
    id: anId('user'),
    version: aVersion(),
    username: anId('name'),
    passwordHash: '$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA',
    ...differences,
  }
}

export function aGrant(differences: Partial<Grant> = {}): Grant {
  return {
    // As the core makes them.
    id: digits(),
    clientId: anId('client'),
    userId: anId('user'),
    createdAt: wholeSecond(),
    data: '{"scope":"profile"}',
    ...differences,
  }
}

export function aCredential(differences: Partial<NewCredential> = {}): NewCredential {
  const createdAt = differences.createdAt ?? wholeSecond()
  return {
    hash: aHash(),
    kind: 'refresh',
    createdAt,
    expiresAt: createdAt + 600_000,
    data: '{"scope":"profile"}',
    ...differences,
  }
}

/** A refresh token and an access token, as a redemption writes them. */
export function successors(differences: Partial<NewCredential> = {}): NewCredential[] {
  return [aCredential(differences), aCredential({ ...differences, kind: 'access' })]
}

/** What a refresh writes: its tokens, and last the sealed answer. */
export function withAnswer(expiresAt = wholeSecond() + 30_000): NewCredential[] {
  return [...successors(), aCredential({ kind: 'answer', expiresAt, data: '{"sealed":"x"}' })]
}

export function aRecord(differences: Partial<StoredRecord> = {}): StoredRecord {
  return {
    key: anId('record'),
    data: '{"scope":"profile"}',
    expiresAt: wholeSecond() + 600_000,
    ...differences,
  }
}

export function refOf({ id, clientId, userId }: GrantRef): GrantRef {
  return { id, clientId, userId }
}

/** The credential as `find` must give it. */
export function asFound(credential: NewCredential, grant: GrantRef): Credential {
  const { hash, kind, createdAt, expiresAt, data } = credential
  return { hash, kind, createdAt, expiresAt, data, grant: refOf(grant) }
}

/** Hashes that are next to this one, and not it. */
export function nearHashes(hash: Hash): Hash[] {
  return [
    `${hash.slice(0, -1)}${otherDigit(hash.at(-1)!)}`,
    `${otherDigit(hash[0]!)}${hash.slice(1)}`,
  ]
}

/** Texts that are next to this one, and not it, as a careless comparison or collation has it. */
export function nearTexts(text: string): string[] {
  return [
    text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase(),
    `${text} `,
    ` ${text}`,
    `${text}\u0301`,
    `${text.slice(0, -1)}%`,
    `${text.slice(0, -1)}_`,
    `${text.slice(0, -1)}*`,
    text.slice(0, -1),
  ]
}

/** 32 hex digits at random. Node draws UUIDs many at a time, and other bytes call by call. */
function digits(): string {
  return randomUUID().replaceAll('-', '')
}

function otherDigit(digit: string): string {
  return digit === '0' ? '1' : '0'
}
