import type { Case, Need, Status } from './case'
import type { ConformanceOptions, Created } from './types'

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

const notOffered: Obstacle = { status: 'not offered', reason: 'not offered by the 2.4 contract' }
/** Needs that apply only to a database that removes expired data by itself. */
const nativeNeeds: readonly Need[] = ['removedAt', 'recordRemovedAt', 'immortal', 'ends']
/** Needs that apply only to a database outside the process. */
const databaseNeeds: readonly Need[] = [...nativeNeeds, 'alive', 'damage', 'explain']
const modelsOnly = notApplicable('only a 2.4 model can break it')

/**
 * Returns why a case can't run, or null, before a store exists. Options with `fixtures` or `seed`
 * are for a 2.4 model; `without` lists what else is absent.
 */
export function obstacleBefore(one: Case, options: ConformanceOptions): Obstacle | null {
  const { without = [] } = options
  const isModel = isForModel(options)
  if (isModel ? !one.runModel : !one.run) return isModel ? notOffered : modelsOnly
  const absent = isModel && one.functions?.find((name) => without.includes(name))
  return absent ? notApplicable(`without ${absent}`) : obstacleOf(one, options)
}

/** Returns whether the options are for a 2.4 model. */
export function isForModel(options: ConformanceOptions): boolean {
  return options.fixtures !== undefined || options.seed !== undefined
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
    if (!one.runModel) return notOffered
    const missing = one.functions?.find((name) => typeof model[name] !== 'function')
    if (missing) return notApplicable(`the model has no ${missing}`)
    return obstacleOf(one, options)
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

function unproved(reason: string): Obstacle {
  return { status: 'unproved', reason }
}

function notApplicable(reason: string): Obstacle {
  return { status: 'not applicable', reason }
}
