import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from './command'

const mostShown = 10

/**
 * Throws a `UsageError` unless the folder is new or empty. Called before anything is written.
 * `example` is a command that names a new folder.
 */
export function assertEmpty(target: string, folder: string, example: string): void {
  const stats = statSync(target, { throwIfNoEntry: false })
  if (!stats) return
  if (!stats.isDirectory()) throw new UsageError(`${folder} is not a folder: name another one`)
  // A new Git repository counts as empty.
  const there = readdirSync(target).filter((name) => name !== '.git')
  if (there.length === 0) return
  const shown = there.toSorted().slice(0, mostShown)
  const more = there.length > shown.length ? `\n  and ${there.length - shown.length} more` : ''
  throw new UsageError(
    `${folder === '.' ? 'this folder' : folder} is not empty, so nothing was written; it contains\n${indented(shown)}${more}\nName a new folder: ${example}`,
  )
}

/** Turns an error of the file system into a `UsageError`, because the user can fix it. */
export function orUsageError<T>(folder: string, done: 'read' | 'written', act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    throw new UsageError(
      `${folder} can't be ${done} (${code ?? message}), so nothing was written`,
      { cause },
    )
  }
}

/** Returns a valid npm package name for the folder. */
export function packageName(target: string, otherwise: string): string {
  const name = path
    .basename(target)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
  return name.replace(/^-+|-+$/g, '') || otherwise
}

/** Indents lines below a sentence. */
export function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** Returns the command that enters the folder, or none if it is the current one. */
export function stepsInto(target: string, cwd: string): string[] {
  return target === cwd ? [] : [`cd ${quoted(path.relative(cwd, target))}`]
}

/** Returns a path as an argument for a shell. */
function quoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`
}
