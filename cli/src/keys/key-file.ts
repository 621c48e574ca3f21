import {
  chmodSync,
  closeSync,
  existsSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { KeyFileError } from './key-file-error'
import { type FileKey, textOf } from './key-set'

/** Only the owner may read and write. */
const privateMode = 0o600
const modeOfOthers = 0o077

/** A file with private keys: its path, and its name as the user wrote it, for messages. */
export interface KeyFile {
  path: string
  name: string
}

/** Returns the file with that name. A symbolic link is followed, so that it stays a link. */
export function keyFile(name: string, cwd: string): KeyFile {
  const file = path.resolve(cwd, name)
  try {
    return { path: realpathSync(file), name }
  } catch {
    return { path: file, name }
  }
}

/** Returns the text of the file. */
export function readKeyFile({ path: file, name }: KeyFile): string {
  if (!existsSync(file))
    throw new KeyFileError(
      `${name} does not exist: oauth2-kit keys generate --file ${name} makes it`,
    )
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new KeyFileError(`${name} can't be read`, { cause })
  }
}

/** Throws a KeyFileError if the file exists. */
export function assertNew({ path: file, name }: KeyFile): void {
  if (!statSync(file, { throwIfNoEntry: false })) return
  throw new KeyFileError(
    `${name} exists and was not changed: use oauth2-kit keys rotate, or another --file`,
  )
}

/**
 * Writes the keys that `make` resolves with. A reader finds the old file or the new one, never a
 * part. Of two changes at once, one rejects and changes nothing.
 */
export async function changeKeyFile(
  file: KeyFile,
  make: () => Promise<readonly FileKey[]>,
): Promise<void> {
  const unfinished = `${file.path}.new`
  // It exists while a change is under way, so it is the lock too.
  const opened = openNew(unfinished, file)
  try {
    try {
      writeFileSync(opened, textOf(await make()))
      keepOwner(opened, file)
      fsyncSync(opened)
    } finally {
      closeSync(opened)
    }
    rename(unfinished, file)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
  syncFolder(path.dirname(file.path))
}

/**
 * Takes away the permissions of other users. Returns what to tell the user: nothing if nobody else
 * had any.
 */
export function restrict({ path: file, name }: KeyFile): string[] {
  // Windows has no such modes.
  if (process.platform === 'win32') return []
  const mode = statSync(file).mode & 0o777
  if ((mode & modeOfOthers) === 0) return []
  const was = `${name} had the mode ${mode.toString(8).padStart(4, '0')}`
  try {
    chmodSync(file, privateMode)
  } catch {
    return [`${was}, so that others can read it, and only its owner can change that.`]
  }
  return [`${was} and now has 0600. If somebody may have read it, generate new keys.`]
}

function openNew(unfinished: string, { name }: KeyFile): number {
  try {
    return openSync(unfinished, 'wx', privateMode)
  } catch (cause) {
    if (!isThere(cause)) throw new KeyFileError(`${name} can't be written`, { cause })
  }
  throw new KeyFileError(
    `${name} is being changed by another command, or a change of it was interrupted: ${name}.new exists since ${ageOf(unfinished)}. If no other command runs, delete ${name}.new`,
  )
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST'
}

/** Returns when a file was made, as a date and time. */
function ageOf(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.mtime.toISOString() ?? 'just now'
}

/** Gives the new file to the owner of the old one, such as the account that the server runs as. */
function keepOwner(opened: number, { path: file, name }: KeyFile): void {
  const old = statSync(file, { throwIfNoEntry: false })
  if (!old || old.uid === fstatSync(opened).uid) return
  try {
    fchownSync(opened, old.uid, old.gid)
  } catch (cause) {
    throw new KeyFileError(
      `${name} belongs to another user and was not changed: run this command as its owner`,
      { cause },
    )
  }
}

function rename(from: string, { path: to, name }: KeyFile): void {
  try {
    renameSync(from, to)
  } catch (cause) {
    // In a container, a file that is mounted by itself can't be replaced.
    throw new KeyFileError(
      `${name} can't be replaced: mount its folder if only the file is mounted`,
      {
        cause,
      },
    )
  }
}

/** Makes the new name survive a power failure, where the system allows it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
