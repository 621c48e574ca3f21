import { mkdtempSync, rmSync } from 'node:fs'
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
