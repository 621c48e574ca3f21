import { constants, createReadStream, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import path from 'node:path'
import { type ImportReport, type ImportRow, type Passwords, importGrants } from '@oauth2-kit/core'
import { type Given, type Surroundings, UsageError, number, text } from '../command'
import { jsonLines } from '../json-lines'
import { table } from '../table'
import { loadUserModule } from '../user-module'
import type { StoreCommand } from '../with-store'
import { redirectUriOptions } from './client-options'

export const importCommand: StoreCommand = {
  name: 'import',
  summary: 'imports clients, users and tokens of another server',
  positionals: [],
  options: {
    from: {
      type: 'string',
      value: 'FILE',
      about: 'the file with one JSON object on each line; "-" is the standard input',
    },
    'dry-run': { type: 'boolean', about: 'only check the file, and change nothing' },
    passwords: {
      type: 'string',
      value: 'FILE',
      about: 'the module that exports the "passwords" of your server; default: scrypt',
      property: 'passwords',
    },
    'private-use-scheme': {
      type: 'string',
      multiple: true,
      value: 'SCHEME',
      about: 'a scheme of an app for redirect URIs, such as cursor',
      property: 'privateUseSchemes',
    },
    concurrency: {
      type: 'string',
      value: 'NUMBER',
      about: 'how many rows are imported at once; default: 16',
      property: 'concurrency',
    },
  },
  notes: [
    'A repeated import changes nothing that exists, and continues an interrupted one.',
    'The format: https://github.com/oauth2-kit/oauth2-kit/blob/HEAD/docs/importing.md',
  ],

  async run(given, store, signal) {
    const { values, surroundings } = given
    const passwords = await passwordsOf(given)
    const rows = jsonLines(inputOf(text(values, 'from'), surroundings))
    const progress = progressOn(surroundings)
    try {
      const report = await importGrants(store, rows as AsyncIterable<ImportRow | Error>, {
        ...redirectUriOptions(values),
        dryRun: values['dry-run'] === true,
        passwords,
        concurrency: number(values, 'concurrency'),
        onProgress: progress.show,
        signal,
      })
      return { json: jsonOf(report), text: textOf(report), failed: report.failed > 0 }
    } finally {
      progress.end()
    }
  },
}

/** Returns the stream of the file, or the standard input. */
function inputOf(
  from: string | undefined,
  { cwd, stdin }: Surroundings,
): AsyncIterable<Buffer | string> {
  if (from === undefined)
    throw new UsageError('--from is missing: name the file, such as --from export.jsonl')
  if (from === '-') return stdin
  const file = path.resolve(cwd, from)
  const found = statSync(file, { throwIfNoEntry: false })
  // A pipe is no regular file.
  if (!found || found.isDirectory()) throw new UsageError(`--from: ${file} is not a file`)
  // Opening a pipe would wait for its writer, and the program could not end before.
  if (found.isFIFO())
    return new Socket({
      fd: openSync(file, constants.O_RDONLY | constants.O_NONBLOCK),
      readable: true,
      writable: false,
    })
  return createReadStream(file)
}

/** Resolves with the export "passwords" of the module, or else with its default export. */
async function passwordsOf({ values, surroundings }: Given): Promise<Passwords | undefined> {
  const file = text(values, 'passwords')
  if (file === undefined) return undefined
  const exports = await loadUserModule({ file, from: '--passwords' }, surroundings)
  const whole = exports['default'] as Record<string, unknown> | undefined
  const found = exports['passwords'] ?? whole?.['passwords'] ?? whole
  if (found !== undefined) return found as Passwords
  throw new UsageError(`${file} must export "passwords", an object with hash and verify`)
}

/** Shows the progress on a terminal, in one line of stderr. */
function progressOn({ stderr }: Surroundings) {
  const { isTTY = false } = stderr as { isTTY?: boolean }
  const clear = '\r\u001B[K'
  return {
    show: ({ rows, failed }: ImportReport) => {
      if (isTTY) stderr.write(`${clear}rows: ${rows}, failed: ${failed}`)
    },
    end: () => {
      if (isTTY) stderr.write(clear)
    },
  }
}

function jsonOf({ failures, ...report }: ImportReport): object {
  // The cause of a failure may contain values of the row.
  return { ...report, failures: failures.map(({ row, reason }) => ({ line: row, reason })) }
}

function textOf({ clients, users, grants, failed, failures }: ImportReport): string {
  const counts = Object.entries({ clients, users, grants }).map(([name, one]) =>
    [name, one.created, one.alreadyThere, one.skipped, one.failed].map(String),
  )
  const lines = failures.map(({ row, reason }) => `line ${row}: ${reason}`)
  if (failed > failures.length) lines.push(`and ${failed - failures.length} more lines`)
  const shown = table([['', 'created', 'already there', 'skipped', 'failed'], ...counts])
  return lines.length === 0
    ? shown
    : `${shown}\n\nNot imported:\n${table(lines.map((line) => [line]))}`
}
