import { spawn } from 'node:child_process'
import path from 'node:path'

const root = path.resolve(__dirname, '../../..')

/** The sources of the core, for a child process that requires `replace-packages.js`. */
export const core = path.join(root, 'core/src/index.ts')
/** The sources of the memory store, for the same purpose. */
export const memoryPackage = path.join(root, 'adapters/memory/src/index.ts')

/** Replaces the modules that the files of a folder require. */
export interface Replacement {
  in: string
  by: Readonly<Record<string, string>>
}

/** What a child process printed, and how it ended. */
export interface Ended {
  stdout: string
  stderr: string
  code: number | null
}

/** Starts Node on a file with replaced packages. Others are resolved in the workspace. */
export function startNode(file: string, replacement: Replacement, args: string[] = []) {
  const hook = path.join(root, 'core/test/v2/replace-packages.js')
  return spawn(process.execPath, ['--require', hook, file, ...args], {
    cwd: root,
    env: { ...process.env, REPLACE: JSON.stringify(replacement), PORT: '0' },
  })
}

/** Runs Node on a file to its end. */
export async function runNode(...args: Parameters<typeof startNode>): Promise<Ended> {
  const child = startNode(...args)
  const ended: Ended = { stdout: '', stderr: '', code: null }
  child.stdout.on('data', (text: Buffer) => (ended.stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (ended.stderr += text.toString()))
  ended.code = await new Promise((resolve) => child.once('close', resolve))
  return ended
}
