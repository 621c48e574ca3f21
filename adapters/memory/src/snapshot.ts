import { withCode } from '@oauth2-kit/core/store-kit'
import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { type Change, type SavedCredential, apply } from './changes'
import type { Content } from './content'
import { type Lock, lock, locked } from './lock'
import { type Journal, newJournal, readJournals, removeJournals, syncFolder } from './journal'
import { type KeptCredential, credentialsOf } from './schema'

interface Header {
  format: 'oauth2-kit memory store'
  version: 2
  /** Number of the first journal with changes that the snapshot may lack. */
  journal: number
}

const header = { format: 'oauth2-kit memory store', version: 2 } as const

/**
 * Fills the store from the snapshot file, if it exists. Returns the number of the first journal to
 * read. Throws an Error that says what to do if the file can't be read.
 */
function readSnapshot(file: string, content: Content): number {
  const text = readText(file)
  if (text === null) return 1
  const [first, ...lines] = text.split('\n').filter((line) => line !== '')
  try {
    const { format, version, journal } = JSON.parse(first ?? '') as Header
    if (format !== header.format || version !== header.version || !Number.isInteger(journal))
      throw withCode('OAUTH2_KIT_STORE', new Error('It has an unknown format or version'))
    for (const line of lines) apply(JSON.parse(line) as Change, content)
    return journal
  } catch (cause) {
    const message = `The snapshot ${file} can't be read: ${(cause as Error).message}. Restore it, or move it and its journals away to start empty`
    throw withCode('OAUTH2_KIT_STORE', new Error(message, { cause }))
  }
}

/**
 * Writes the snapshot to a temporary file and renames it, so that a complete snapshot exists at all
 * times. Changes that happen while it is being written are in the journal.
 */
async function writeSnapshot(file: string, content: Content, journal: Journal): Promise<void> {
  const number = journal.rotate()
  const temporary = `${file}.${process.pid}.tmp`
  // Readable by its owner only: it holds hashes and no tokens, but shows who has clients and
  // grants.
  // One that a crash has left. `wx` follows no link, so nothing else is overwritten.
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', 0o600)
  try {
    let batch = `${JSON.stringify({ ...header, journal: number } satisfies Header)}\n`
    for (const line of linesOf(content)) {
      batch += `${JSON.stringify(line)}\n`
      if (batch.length < 1 << 16) continue
      await handle.appendFile(batch)
      batch = ''
    }
    await handle.appendFile(batch)
    await handle.sync()
  } finally {
    await handle.close()
  }
  // The snapshot may contain half of a change, whose other half is only in the journal.
  await journal.flushed()
  await rename(temporary, file)
  await syncFolder(file)
  await removeJournals(file, number)
}

const credentialsInLine = 200

function* linesOf(content: Content): Generator<Change> {
  const { clients, users, deletedUsers, grants, records, rows } = content
  for (const client of clients.values()) yield { client }
  for (const user of users.values()) yield { user }
  for (const { key, expiresAt } of deletedUsers.byKey.values()) {
    yield { deletedUser: key, until: rows.toAbsolute(expiresAt) }
  }
  for (const grant of grants.byId.values()) {
    const kept = credentialsOf(grant).toReversed()
    const first = kept.slice(0, credentialsInLine).map(savedOf)
    yield { grant: rows.toGrant(grant), sequence: grant.sequence, credentials: first }
    for (let from = credentialsInLine; from < kept.length; from += credentialsInLine) {
      const left = kept.slice(from, from + credentialsInLine)
      const credentials = left.filter((one) => grants.find(one.hash) === one).map(savedOf)
      yield { extended: grant.id, credentials }
    }
  }
  for (const record of records.byKey.values()) yield { record: rows.toRecord(record) }

  function savedOf(kept: KeptCredential): SavedCredential {
    const { grant: _, ...credential } = rows.toCredential(kept)
    const { successor, predecessor } = kept
    return {
      ...credential,
      successor: successor ?? undefined,
      predecessor: predecessor?.hash,
    }
  }
}

/** Returns the path without symbolic links, so that all names of a file have one lock. */
function realFile(given: string): string {
  try {
    return realpathSync(given)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // The file does not exist yet, or its folder doesn't, which lock() reports.
    const target = lstatSync(given, { throwIfNoEntry: false })?.isSymbolicLink()
      ? path.resolve(path.dirname(given), readlinkSync(given))
      : given
    const folder = path.dirname(target)
    return existsSync(folder) ? path.join(realpathSync(folder), path.basename(target)) : target
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

/** The files in which a store survives a restart. */
export interface Files {
  /** Resolves once that change and all earlier ones are on disk. */
  keep(change?: Change): Promise<void>
  /** Writes the snapshot soon, for example because expired entries were removed. */
  saveLater(): void
  /** Writes the snapshot now. */
  save(): Promise<void>
  /** Writes the snapshot a last time and leaves the files to another process. */
  close(): Promise<void>
}

/**
 * Fills the store from its files and keeps them up to date. Each change is written to the journal
 * at once, and to the snapshot soon after. Snapshots are written for at most a tenth of the time.
 * Throws an Error that says what to do if the files are in use or can't be read.
 */
export function openFiles(given: string, content: Content): Files {
  const file = realFile(given)
  const held = lock(file)
  try {
    return keepFiles(file, content, held)
  } catch (error) {
    held.release()
    throw error
  }
}

function keepFiles(file: string, content: Content, held: Lock): Files {
  const journal = newJournal(file, readJournals(file, readSnapshot(file, content), content))
  let timer: NodeJS.Timeout | undefined
  let pauseMs = shortestPauseMs
  let writing = Promise.resolve()
  let closing: Promise<void> | undefined

  /** Throws if the files belong to another process, or will do so soon. */
  function assertOpen(): void {
    if (closing) throw locked(`The store in ${file} is closed, so nothing was written`)
    held.assertHeld()
  }

  async function save(): Promise<void> {
    assertOpen()
    return write()
  }

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    // Snapshots are written one after the other, because they share the temporary file.
    writing = writing
      .catch(() => {})
      .then(async () => {
        held.assertHeld()
        const start = performance.now()
        await writeSnapshot(file, content, journal)
        pauseMs = Math.max(shortestPauseMs, 9 * (performance.now() - start))
      })
    return writing
  }

  function saveLater(): void {
    timer ??= setTimeout(() => {
      write().catch((error: Error) =>
        process.emitWarning(`The snapshot ${file} was not written: ${error.message}`),
      )
    }, pauseMs)
  }

  async function keep(change?: Change): Promise<void> {
    if (change) {
      assertOpen()
      journal.add(change)
      saveLater()
    }
    return journal.flushed()
  }

  async function closeNow(): Promise<void> {
    try {
      await write()
      held.release()
    } catch (error) {
      closing = undefined
      throw error
    }
  }

  return { keep, saveLater, save, close: () => (closing ??= closeNow()) }
}
