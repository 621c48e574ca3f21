import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Fault, Scene } from './fault'

/** The limit on the size of files, in bytes. The tables are longer. */
const smallFile = 4096

/**
 * On Linux the limit can be changed for a running process, so that the disk is full for this
 * process only.
 */
export const fillDisk: Fault = {
  name: 'fill-disk',
  what: 'for four seconds no provider process can write to its database file any more (RLIMIT_FSIZE)',
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
