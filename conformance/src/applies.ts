import type { Case, Need, Status } from './case'
import {
  type ModelContract,
  type ModelContractName,
  contractOf,
  contracts,
} from './model/contracts'
import { hasFunction } from './model/contracts/functions'
import type { ModelRun } from './model/run'
import type { Absence, ConformanceOptions, Created } from './types'

/** Why a case doesn't run. */
export interface Obstacle {
  status: Extract<Status, 'unproved' | 'not applicable' | 'not offered'>
  reason: string
}

/** What each need requires of a store or of the options. */
export const needsInWords: Readonly<Record<Need, string>> = {
  wire: 'the option "url", before which the suite puts a proxy',
  deadline: 'a deadline that is not null',
  processes: 'the option "processes", and a store for several processes',
  users: 'a store that keeps users',
  durable: 'a store that is durable',
  alive: 'the hook raw.alive',
  dump: 'the hook raw.dump',
  count: 'the hook raw.count',
  explain: 'the hook raw.explain',
  removedAt: 'the hook raw.removedAt, for a database that removes expired entries by itself',
  recordRemovedAt:
    'the hook raw.recordRemovedAt, for a database that removes expired entries by itself',
  immortal: 'the hook raw.immortal, for a database that removes expired entries by itself',
  ends: 'the hook raw.ends, for a database that removes expired entries by itself',
  damage: 'the hook raw.damage, for a database with a schema',
  older: 'the hook raw.older, once there is an older release',
}

/** Needs that apply only to a database that removes expired data by itself. */
const nativeNeeds: readonly Need[] = ['removedAt', 'recordRemovedAt', 'immortal', 'ends']
/** Needs that apply only to a database outside the process. */
const databaseNeeds: readonly Need[] = [...nativeNeeds, 'alive', 'damage', 'explain']
const modelsOnly = notApplicable('only a model can break it')

/** Returns why a case can't run, or null, before a store or model exists. */
export function obstacleBefore(one: Case, options: ConformanceOptions): Obstacle | null {
  const { without = [] } = options
  const contract = expectedContract(options)
  if (!contract) return one.run ? obstacleOf(one, options) : modelsOnly
  const run = one.models?.[contract]
  if (!run) return notOffered(contract)
  const absent = functionsIn(run, contract).find((name) => without.includes(name as Absence))
  return absent === undefined ? obstacleOf(one, options) : notApplicable(`without ${absent}`)
}

/**
 * Returns the contract of the model that the options are for, before it exists, or null for a store.
 * Options with `fixtures` or `seed` are for a model, by default for one of 2.4.
 */
export function expectedContract(options: ConformanceOptions): ModelContractName | null {
  if (options.contract) return options.contract
  return options.fixtures !== undefined || options.seed !== undefined ? '2.4' : null
}

/** Returns a function that a case needs and the model does not have. */
function absentIn(
  model: object,
  { functions = [], own = [] }: ModelRun,
  contract: ModelContract,
): string | undefined {
  const missing = functions.filter((operation) => !contract.has(model, operation))
  const needed = missing.flatMap((operation) => contract.functionsOf(operation))
  return [...needed, ...own].find((name) => !hasFunction(model, name))
}

/** Returns the functions of a model that a case checks. */
function functionsIn({ functions = [], own = [] }: ModelRun, name: ModelContractName): string[] {
  return [...functions.flatMap((operation) => contracts[name].functionsOf(operation)), ...own]
}

/** Returns why a case can't run with these options, or null. */
function obstacleOf(one: Case, options: ConformanceOptions): Obstacle | null {
  const { url, processes, raw, without = [] } = options
  for (const need of one.needs) {
    if (need === 'wire') {
      if (url === null || without.includes('durable') || without.includes('database'))
        return notApplicable('no connection that a proxy could interrupt')
      if (url === undefined)
        return unproved('set "url" to that of the database, or to null if there is no connection')
    } else if (need === 'deadline') {
      if (options.deadline === null) return notApplicable("bounded by the core's storeTimeout")
    } else if (need === 'processes') {
      if (without.includes('database')) return notApplicable('one process only')
      if (processes === undefined) return unproved('set "processes" to a module with `create`')
    } else if (need === 'users' || need === 'durable') {
      if (without.includes(need)) return notApplicable(`without ${need}`)
    } else if (databaseNeeds.includes(need) && without.includes('database')) {
      return notApplicable('without database')
    } else if (need === 'older') {
      if (!raw?.older) return notApplicable('no older release: add raw.older() once one exists')
    } else if (!raw?.[need]) return unproved(`add the hook raw.${need}()`)
  }
  return null
}

/** Returns why a case can't run on this store or model, or null. */
export function obstacleOn(
  one: Case,
  options: ConformanceOptions,
  created: Created,
): Obstacle | null {
  const { store, model } = created
  if (model) {
    const contract = contractOf(model, options.contract)
    const run = one.models?.[contract.name]
    if (!run) return notOffered(contract.name)
    const absent = absentIn(model, run, contract)
    return absent === undefined
      ? obstacleOf(one, options)
      : notApplicable(`the model has no ${absent}`)
  }
  if (!store) return null
  if (!one.run) return modelsOnly
  const { supports } = store
  for (const need of one.needs) {
    if (need === 'users' && !supports?.users) return notApplicable('the store keeps no users')
    if ((need === 'durable' || need === 'wire') && !supports?.durable)
      return notApplicable('the store is not durable')
    if (need === 'processes' && !supports?.multiProcess) return notApplicable('one process only')
    if (need === 'alive' && !supports?.durable) return notApplicable('no connection is lent')
    const native = supports?.cleanup === 'native' && supports.durable
    if (nativeNeeds.includes(need) && !native)
      return notApplicable('the database removes nothing by itself')
    if (need === 'damage' && !supports?.durable) return notApplicable('the store has no schema')
    if (need === 'explain' && !supports?.durable)
      return notApplicable('the store has no database that could scan')
  }
  return obstacleOf(one, options)
}

function notOffered(contract: ModelContractName): Obstacle {
  return { status: 'not offered', reason: `not offered by ${contracts[contract].inWords}` }
}

function unproved(reason: string): Obstacle {
  return { status: 'unproved', reason }
}

function notApplicable(reason: string): Obstacle {
  return { status: 'not applicable', reason }
}
