import { withCode } from '@oauth2-kit/core/store-kit'
import { constants, readFileSync, readdirSync } from 'node:fs'
import { open, readdir, unlink } from 'node:fs/promises'
import path from 'node:path'
import { type Change, apply } from './changes'
import type { Content } from './content'

// The journal holds the changes since the snapshot was started, in numbered files beside it. The
// snapshot records the number of the first file that it needs. Each line is a batch of changes. A
// batch is acknowledged after it is synced to disk, so only the last line of a file can be
// incomplete.

/** Writes changes to disk, so that they survive a crash. */
export interface Journal {
  /** Adds a change to the next batch. */
  add(change: Change): void
  /**
   * Resolves once all changes so far are on disk. Rejects if they can't be written; the next call
   * then tries them again.
   */
  flushed(): Promise<void>
  /**
   * Starts another file unless the current one is empty. Returns the number of the current file.
   */
  rotate(): number
}

interface JournalFile {
  readonly number: number
  /** Whether the file exists. */
  exists: boolean
  /** Length of the completely written part, in bytes. */
  length: number
}

export function newJournal(file: string, firstNumber: number): Journal {
  let current = newFile(firstNumber)
  let changes: string[] = []
  let writing: Promise<void> | undefined
  let upcoming: Promise<void> | undefined

  async function writeNext(): Promise<void> {
    await writing?.catch(() => {})
    upcoming = undefined
    writing = writeBatch()
    try {
      await writing
    } finally {
      writing = undefined
    }
  }

  async function writeBatch(): Promise<void> {
    const batch = changes
    changes = []
    try {
      await append(file, current, Buffer.from(`[${batch.join(',')}]\n`))
    } catch (error) {
      changes = [...batch, ...changes]
      throw error
    }
  }

  return {
    add(change) {
      changes.push(JSON.stringify(change))
    },

    flushed() {
      if (changes.length === 0) return writing ?? Promise.resolve()
      // Changes that arrive while a batch is being written share the next batch.
      upcoming ??= writeNext()
      return upcoming
    },

    rotate() {
      if (current.exists) current = newFile(current.number + 1)
      return current.number
    },
  }
}

function newFile(number: number): JournalFile {
  return { number, exists: false, length: 0 }
}

/** Appends after the last complete batch, and removes what a failed write has left there. */
async function append(file: string, journal: JournalFile, bytes: Buffer): Promise<void> {
  const isNew = !journal.exists
  const { O_CREAT, O_WRONLY } = constants
  const handle = await open(pathOf(file, journal.number), O_CREAT | O_WRONLY, 0o600)
  try {
    journal.exists = true
    await handle.truncate(journal.length)
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await handle.write(
        bytes,
        written,
        bytes.length - written,
        journal.length + written,
      )
      written += bytesWritten
    }
    await handle.datasync()
  } finally {
    await handle.close()
  }
  if (isNew) await syncFolder(file)
  journal.length += bytes.length
}

/** Syncs the folder of a file, so that files created or renamed in it survive a crash. */
export async function syncFolder(file: string): Promise<void> {
  // Windows can't open a folder.
  if (process.platform === 'win32') return
  const handle = await open(path.dirname(file), 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Applies all changes since the snapshot, starting with the journal number `first`. Returns the
 * number of the next journal. Throws an Error that says what to do if a journal can't be read.
 */
export function readJournals(file: string, first: number, content: Content): number {
  const numbers = numbersOf(file, namesIn(path.dirname(file))).filter((number) => number >= first)
  numbers.forEach((number, index) => {
    if (number !== first + index) {
      throw withCode(
        'OAUTH2_KIT_STORE',
        new Error(
          `The journal ${pathOf(file, number)} does not belong to the snapshot ${file}. Restore the snapshot, or move both away to start empty`,
        ),
      )
    }
    readJournal(pathOf(file, number), content)
  })
  return first + numbers.length
}

function readJournal(name: string, content: Content): void {
  const lines = readFileSync(name, 'utf8').split('\n')
  // The text after the last line break is empty or an incomplete batch.
  lines.pop()
  lines.forEach((line, index) => {
    try {
      for (const change of parsed(line, index === lines.length - 1)) apply(change, content)
    } catch (cause) {
      const message = `The journal ${name} can't be read: ${(cause as Error).message}. Restore it, or move it and the snapshot away to start empty`
      throw withCode('OAUTH2_KIT_STORE', new Error(message, { cause }))
    }
  })
}

function parsed(line: string, isLast: boolean): Change[] {
  try {
    return JSON.parse(line) as Change[]
  } catch (error) {
    // An incomplete last line was never synced, so none of its changes was acknowledged.
    if (isLast) return []
    throw error
  }
}

/** Removes the journals with lower numbers, which the snapshot no longer needs. */
export async function removeJournals(file: string, before: number): Promise<void> {
  const numbers = numbersOf(file, await readdir(path.dirname(file)))
  const stale = numbers.filter((number) => number < before)
  await Promise.all(stale.map((number) => unlink(pathOf(file, number))))
}

function pathOf(file: string, number: number): string {
  return `${file}.${number}.journal`
}

/** Returns the journal numbers of a file in ascending order. */
function numbersOf(file: string, names: string[]): number[] {
  const start = `${path.basename(file)}.`
  return names
    .filter((name) => name.startsWith(start) && /^\d+\.journal$/.test(name.slice(start.length)))
    .map((name) => Number.parseInt(name.slice(start.length), 10))
    .toSorted((a, b) => a - b)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
