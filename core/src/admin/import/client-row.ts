import { optionError } from '../../errors/option-error'
import type { Client } from '../../contract/store'
import { hashClientSecret } from '../../crypto/client-secret'
import {
  type NewClient,
  assertSecret,
  clientOf,
  clientProperties,
  kindWithoutSecret,
  needsSecret,
} from '../create-client'
import type { Importing, Outcome } from './importing'
import { isMarked, mark, markKey, markMs } from './marks'
import { hashing, inStore } from './row-error'
import { type Row, assertMembers, clientIdIn, onlyOneOf, sha256In, slowHashIn } from './row-fields'

const hashes = ['secretHash', 'secretSha256']
const secrets = ['secret', ...hashes]
const members = [...clientProperties, ...hashes]

/** Imports a client. An existing one is not changed, and a deleted one is not created again. */
export async function importClient(row: Row, importing: Importing): Promise<Outcome> {
  const { store, privateUseSchemes, dryRun, now } = importing
  assertMembers(row, members)
  clientIdIn(row, 'id')
  const client = clientOf(propertiesOf(row), privateUseSchemes, 'a client')
  const secretHash = secretHashOf(row, client, importing)
  const key = markKey('client', client.id)
  const wasImported = await isMarked(store, key)
  const exists = (await inStore(() => store.getClient(client.id))) !== null
  if (wasImported) return exists ? 'alreadyThere' : 'skipped'
  if (exists) {
    if (!dryRun) await mark(store, key, Math.floor(now()) + markMs)
    return 'alreadyThere'
  }
  if (dryRun) return 'created'
  const hash = await secretHash()
  const isCreated = await inStore(() => store.createClient({ ...client, secretHash: hash }))
  await mark(store, key, Math.floor(now()) + markMs)
  return isCreated ? 'created' : 'alreadyThere'
}

/** Returns the members that `createClient()` knows. A column that is NULL is left out. */
function propertiesOf(row: Row): NewClient {
  const given = Object.entries(row).filter(
    ([name, value]) =>
      name !== 'kind' && !secrets.includes(name) && (value !== null || nullable.has(name)),
  )
  return Object.fromEntries(given)
}

/** The members for which `null` is a value: any scope, or "never expires". */
const nullable = new Set(['scopes', 'accessTokenLifetime', 'refreshTokenLifetime'])

/** Checks the secret, and returns a function that resolves with its hash. */
function secretHashOf(
  row: Row,
  client: Client,
  { passwords }: Importing,
): () => Promise<string | null> {
  const name = onlyOneOf(row, secrets)
  if (!needsSecret(client)) {
    if (name !== undefined)
      throw optionError(name, `cannot be set for ${kindWithoutSecret(client)}: leave it out`)
    return async () => null
  }
  if (name === undefined) {
    throw optionError(
      'secret',
      `of a confidential client is missing: set ${secrets.join(' or ')}, or "type": "public"`,
    )
  }
  if (name === 'secretSha256') {
    const hash = sha256In(row, name)
    return async () => hash
  }
  if (name === 'secretHash') {
    const hash = slowHashIn(row, name, passwords, 'secretSha256')
    return async () => hash
  }
  const { secret } = row
  assertSecret(client, secret)
  return () => hashing(() => hashClientSecret(secret as string, true, passwords))
}
