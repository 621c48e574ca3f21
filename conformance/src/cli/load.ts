import { existsSync } from 'node:fs'
import path from 'node:path'
import { ModuleError, asCreated, exportOf, exportsOf } from '../processes/module'
import { type DatabaseName, databaseNames, testDatabase } from '../databases'
import type { ConformanceOptions } from '../types'

/** Options that a module may export by their names, in addition to `database`. */
const exportedOptions = [
  'name',
  'url',
  'raw',
  'fixtures',
  'seed',
  'contract',
  'deadline',
  'without',
  'level',
] as const satisfies readonly (keyof ConformanceOptions)[]

/**
 * Resolves with the options of a run, from a module that makes a store or is one. Rejects with a
 * ModuleError that says what to do, and with a DatabaseMissing if the module needs a database that
 * is not available.
 */
export async function optionsFrom(given: string, name?: string): Promise<ConformanceOptions> {
  const file = fileOf(given)
  const exported = await exportsOf(file)
  const found = await exportOf(file, name)
  const url = await urlOf(file, exported['database'])
  const options: ConformanceOptions = {
    name: path.basename(file).replace(/\.[^.]+$/, ''),
    ...(url !== undefined && { url }),
    ...Object.fromEntries(
      exportedOptions.flatMap((key) => (exported[key] === undefined ? [] : [[key, exported[key]]])),
    ),
    create: createFrom(file, found),
  }
  if (typeof found === 'function') {
    options.processes = { module: file, ...(name !== undefined && { export: name }) }
  }
  return options
}

function createFrom(file: string, found: unknown): ConformanceOptions['create'] {
  if (typeof found === 'function') {
    const make = found as ConformanceOptions['create']
    return async (context) => asCreated(await make(context), file)
  }
  const created = asCreated(found, file)
  return () => created
}

function fileOf(given: string): string {
  const file = path.resolve(given)
  const found = [
    file,
    `${file}.js`,
    `${file}.cjs`,
    `${file}.mjs`,
    path.join(file, 'index.js'),
  ].find((one) => existsSync(one) && path.extname(one) !== '')
  if (found === undefined) throw new ModuleError(`There is no module ${given} in ${process.cwd()}`)
  return found
}

async function urlOf(file: string, database: unknown): Promise<string | undefined> {
  if (database === undefined) return undefined
  const name = databaseNames.find((one) => one === database)
  if (name === undefined) {
    throw new ModuleError(`${file}: "database" must be one of ${databaseNames.join(', ')}`)
  }
  return testDatabase(name satisfies DatabaseName).url()
}
