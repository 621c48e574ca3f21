import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { type Command, type Given, UsageError, text } from '../command'
import { askStore } from '../init/ask-store'
import { withSecrets } from '../init/secrets'
import { type StoreTemplate, providerOn, storeTemplates } from '../init/templates'
import { writeNew } from '../init/write-new'

const mostShown = 10
const names = storeTemplates().map(({ name }) => name)

export const init: Command = {
  name: 'init',
  summary: 'creates your own provider: an Express server in TypeScript, with its pages',
  positionals: ['[FOLDER]'],
  options: {
    store: {
      type: 'string',
      value: 'NAME',
      about: `${names.join(', ')}; without it, you are asked`,
    },
    yes: { type: 'boolean', about: `ask nothing; without --store, use ${names[0]}` },
  },
  notes: ['FOLDER must be new or empty. Default: the current folder.'],

  async run(given) {
    const { cwd } = given.surroundings
    const [folder = '.'] = given.positionals
    const target = path.resolve(cwd, folder)
    orUsageError(folder, 'read', () => assertEmpty(target, folder))
    const store = await storeOf(given)
    const { files, next } = providerOn(store, packageName(target))
    const all = new Map([...files, ['.env', withSecrets(files.get('.env.example') ?? '')]])
    orUsageError(folder, 'written', () => writeNew(target, all, '.env'))
    const steps = [...(target === cwd ? [] : [`cd ${path.relative(cwd, target)}`]), ...next]
    const written = [...all.keys()].toSorted()
    return {
      json: { folder: target, store: store.name, files: written, next: steps },
      text: `A provider on ${store.about}, in ${target}:
${indented(written)}

The secrets in .env are new; don't use them on another machine. Next steps:
${indented(steps)}

README.md continues from there: a user, a client, and the first token.`,
    }
  },
}

async function storeOf({ values, surroundings }: Given): Promise<StoreTemplate> {
  const stores = storeTemplates()
  const asked = text(values, 'store') ?? (values['yes'] ? names[0] : undefined)
  if (asked === undefined) {
    if (surroundings.stdin.isTTY) return askStore(stores, surroundings)
    throw new UsageError(`no terminal to ask on: set --store to one of ${names.join(', ')}`)
  }
  const found = stores.find(({ name }) => name === asked)
  if (found) return found
  throw new UsageError(`--store: unknown store "${asked}"; use one of ${names.join(', ')}`)
}

/**
 * Throws a `UsageError` unless the folder is new or empty. Called before the first question, and
 * before anything is written.
 */
function assertEmpty(target: string, folder: string): void {
  const stats = statSync(target, { throwIfNoEntry: false })
  if (!stats) return
  if (!stats.isDirectory()) throw new UsageError(`${folder} is not a folder: name another one`)
  // A new Git repository counts as empty.
  const there = readdirSync(target).filter((name) => name !== '.git')
  if (there.length === 0) return
  const shown = there.toSorted().slice(0, mostShown)
  const more = there.length > shown.length ? `\n  and ${there.length - shown.length} more` : ''
  throw new UsageError(
    `${folder === '.' ? 'this folder' : folder} is not empty, so nothing was written; it contains\n${indented(shown)}${more}\nName a new folder: oauth2-kit init my-provider`,
  )
}

/** Turns an error of the file system into a `UsageError`, because the user can fix it. */
function orUsageError<T>(folder: string, done: 'read' | 'written', act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    throw new UsageError(
      `${folder} can't be ${done} (${code ?? message}), so nothing was written`,
      {
        cause,
      },
    )
  }
}

/** Returns a valid npm package name for the folder. */
function packageName(target: string): string {
  const name = path
    .basename(target)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
  return name.replace(/^-+|-+$/g, '') || 'oauth-provider'
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}
