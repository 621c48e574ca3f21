import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import type { Client, Grant, NewCredential, User } from '@oauth2-kit/core'
import type { Entry } from './schema'
import { type Content, deepFreeze } from './store'

// One line for each client, user, grant and remembered key. A grant is one line with everything
// that comes from it, so that a snapshot which is written while the store works still has each
// grant as it was at one moment.

interface Header {
  format: 'oauth2-kit memory store'
  version: 1
}

/** `gone`: nothing but its predecessor's mark of use is left of it. */
type SavedCredential = NewCredential & { predecessor?: string; gone?: true }

type Line =
  | { client: Client }
  | { user: User }
  | { grant: Grant; credentials: SavedCredential[] }
  | { remembered: string; expiresAt: number }

const header: Header = { format: 'oauth2-kit memory store', version: 1 }

/**
 * Fills the store from a snapshot, if there is one. Throws an Error that says what to do if it
 * can't be read.
 */
export function readSnapshot(file: string, content: Content): void {
  const text = readText(file)
  if (text === null) return
  const [first, ...lines] = text.split('\n').filter((line) => line !== '')
  try {
    const { format, version } = JSON.parse(first ?? '') as Header
    if (format !== header.format || version !== header.version)
      throw new Error('It has another format')
    for (const line of lines) readLine(JSON.parse(line) as Line, content)
  } catch (cause) {
    const message = `The snapshot ${file} can't be read: ${(cause as Error).message}. Restore it, or move it away to start empty`
    throw new Error(message, { cause })
  }
}

/**
 * Writes a snapshot beside the file and puts it in its place, so that there is a whole one at any
 * time.
 */
export async function writeSnapshot(file: string, content: Content): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  // Hashes only; still, who has clients and grants is nobody else's business.
  const handle = await open(temporary, 'w', 0o600)
  try {
    let batch = ''
    for (const line of linesOf(content)) {
      batch += `${JSON.stringify(line)}\n`
      if (batch.length < 1 << 16) continue
      await handle.write(batch)
      batch = ''
    }
    await handle.write(batch)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}

function* linesOf({ clients, users, tables, remembered, rows }: Content): Generator<Header | Line> {
  yield header
  for (const client of clients.values()) yield { client }
  for (const user of users.values()) yield { user }
  for (const grantId of tables.byGrant.keys) {
    const family = tables.family(grantId)
    if (!family) continue
    const entries = [...tables.byGrant.all(grantId)].toReversed()
    // A successor that was purged is still its predecessor's mark of use.
    const marks = entries.flatMap(({ successor }) =>
      successor && !tables.byHash.has(successor.hash) ? [successor] : [],
    )
    yield { grant: rows.toGrant(family), credentials: [...entries, ...marks].map(savedOf) }
  }
  for (const [key, expiresAt] of remembered) yield { remembered: key, expiresAt }

  function savedOf(entry: Entry): SavedCredential {
    const { grant: _, ...credential } = rows.toCredential(entry)
    const predecessor = entry.predecessor?.hash
    return { ...credential, predecessor, gone: tables.byHash.has(entry.hash) ? undefined : true }
  }
}

function readLine(line: Line, { clients, users, tables, remembered, rows }: Content): void {
  if ('client' in line) clients.set(line.client.id, deepFreeze(line.client))
  else if ('user' in line) users.set(line.user.id, deepFreeze(line.user))
  else if ('remembered' in line) remembered.set(line.remembered, line.expiresAt)
  else {
    const family = rows.toFamily(line.grant)
    for (const { predecessor: hash, gone, ...credential } of line.credentials) {
      const entry = rows.toEntry(credential, family)
      const predecessor = hash === undefined ? undefined : tables.byHash.get(hash)
      if (predecessor) {
        predecessor.successor = entry
        entry.predecessor = predecessor
      }
      if (!gone) tables.add(entry)
    }
    tables.addFamily(family)
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const shortestPauseMs = 1000

/**
 * Keeps the file in step with the store: soon after a change, and never more than a tenth of the
 * time.
 */
export function snapshots(file: string, content: Content) {
  let timer: NodeJS.Timeout | undefined
  let pauseMs = shortestPauseMs
  let writing = Promise.resolve()

  function save(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    // One after the other: they share the temporary file.
    writing = writing
      .catch(() => {})
      .then(async () => {
        const start = performance.now()
        await writeSnapshot(file, content)
        pauseMs = Math.max(shortestPauseMs, 9 * (performance.now() - start))
      })
    return writing
  }

  function saveLater(): void {
    timer ??= setTimeout(() => {
      save().catch((error: Error) =>
        process.emitWarning(`The snapshot ${file} was not written: ${error.message}`),
      )
    }, pauseMs)
  }

  return { save, saveLater, stop: () => clearTimeout(timer) }
}
