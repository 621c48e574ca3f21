import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Creates a folder that is removed at the end of the test: `using place = temporaryFolder()`. */
export function temporaryFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-memory-'))
  return {
    folder,
    file: path.join(folder, 'oauth.snapshot'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

type Place = ReturnType<typeof temporaryFolder>

/** Copies the files of a store to another folder, as a crash at this moment would leave them. */
export function leftIn({ folder }: Place): Place {
  const copy = temporaryFolder()
  cpSync(folder, copy.folder, { recursive: true, filter: isNoLock })
  return copy
}

/** Returns whether a file is not the lock of a store. */
export function isNoLock(name: string): boolean {
  return !name.endsWith('.lock')
}
