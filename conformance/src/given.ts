import { hash, randomInt, randomUUID } from 'node:crypto'
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

// All names are random, because cases share a database and find data that others left there.

/**
 * Returns a time in whole seconds. Only cases about milliseconds should fail if a store drops them.
 */
export function wholeSecond(time = Date.now()): number {
  return Math.floor(time / 1000) * 1000
}

/** Returns a new unique id. */
export function anId(kind: string): string {
  return `${kind}-${digits().slice(0, 16)}`
}

/** Returns the hash of a new unique token. */
export function aHash(): Hash {
  return hash('sha256', randomUUID())
}

/** Returns a new unique version. */
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
    // The format in which the core makes them.
    id: digits(),
    clientId: anId('client'),
    userId: anId('user'),
    // Of several grants, some are equal, and they are not in the order of the ids.
    createdAt: wholeSecond(Date.now() - randomInt(3) * 60_000),
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

/** Returns a refresh token and an access token, as a redemption writes them. */
export function successors(differences: Partial<NewCredential> = {}): NewCredential[] {
  return [aCredential(differences), aCredential({ ...differences, kind: 'access' })]
}

/** Returns what a refresh writes: its tokens, and the sealed answer as the last one. */
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

/** Returns the credential as `find` must return it. */
export function asFound(credential: NewCredential, grant: GrantRef): Credential {
  const { hash, kind, createdAt, expiresAt, data } = credential
  return { hash, kind, createdAt, expiresAt, data, grant: refOf(grant) }
}

/** Returns hashes that differ from this one in one digit. */
export function nearHashes(hash: Hash): Hash[] {
  return [
    `${hash.slice(0, -1)}${otherDigit(hash.at(-1)!)}`,
    `${otherDigit(hash[0]!)}${hash.slice(1)}`,
  ]
}

/** Returns versions that a careless comparison treats as equal to this one. */
export function nearVersions(version: string): string[] {
  const parts = [version.slice(0, -1), version.slice(1), version.slice(0, 1), '']
  return [...parts, `${version}0`, `${version} `, `%`, version.toUpperCase().padEnd(33, '0')]
}

/** Returns texts that a careless comparison or collation treats as equal to this one. */
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

/**
 * Returns 32 random hex digits. Node generates UUIDs in batches, which is faster than
 * `randomBytes`.
 */
function digits(): string {
  return randomUUID().replaceAll('-', '')
}

function otherDigit(digit: string): string {
  return digit === '0' ? '1' : '0'
}
