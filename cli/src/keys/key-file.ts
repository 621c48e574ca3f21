import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
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
const readableByGroup = 0o040
/** Permissions of neither the owner nor the group, of which the server warns too. */
const modeOfOthers = 0o006

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
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
      throw new KeyFileError(`${name} is a link to a file that does not exist`)
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
      keepAccess(opened, file)
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

/** Returns the mode of the file, such as 0644, if users outside of its group can read or change it. */
export function exposedMode({ path: file }: KeyFile): string | undefined {
  // Windows has no such modes.
  if (process.platform === 'win32') return undefined
  const mode = statSync(file).mode & 0o777
  return (mode & modeOfOthers) === 0 ? undefined : mode.toString(8).padStart(4, '0')
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

/**
 * Gives the new file to the owner and the group of the old one, and lets the group read it if it
 * could before: the server may run as that account, or in that group.
 */
function keepAccess(opened: number, { path: file, name }: KeyFile): void {
  const old = statSync(file, { throwIfNoEntry: false })
  // Windows has no such modes.
  if (!old || process.platform === 'win32') return
  const added = fstatSync(opened)
  const groupMode = old.mode & readableByGroup
  try {
    if (old.uid !== added.uid || old.gid !== added.gid) fchownSync(opened, old.uid, old.gid)
  } catch (cause) {
    // The group does not matter if it may not read the file.
    if (old.uid !== added.uid || groupMode !== 0)
      throw new KeyFileError(
        `${name} belongs to another user or group and was not changed: run this command as its owner, in that group`,
        { cause },
      )
  }
  // After the change of the group, so that no other group can read it.
  if (groupMode !== 0) fchmodSync(opened, privateMode | groupMode)
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
