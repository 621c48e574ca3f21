import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Fault, Scene } from './fault'

/** The limit on the size of files, in bytes. The database files are larger. */
const smallFile = 4096

/**
 * Linux can change the limit of a running process, so the disk is full for the provider processes
 * only.
 */
export const fillDisk: Fault = {
  name: 'fill-disk',
  what: 'no provider process can write to its database file for four seconds (RLIMIT_FSIZE)',
  needs: ['disk'],
  lastsMs: 4_000,
  break: (scene) => limitFiles(scene, String(smallFile)),
  fix: (scene) => limitFiles(scene, 'unlimited'),
}

async function limitFiles({ providers }: Scene, bytes: string): Promise<void> {
  await Promise.all(
    providers.map(({ pid }) =>
      promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]),
    ),
  )
}
