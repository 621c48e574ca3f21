import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type DrillResult, drill } from './drill'
import { type Fault, faults } from './faults'
import { attacks, withstand } from './hostile'
import type { Attack } from './hostile/attacks'
import type { Load } from './load/fleet'
import { reportOf } from './report/report'
import { Results } from './results'
import { soak } from './soak'
import { type Target, has, targets } from './targets'

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      fault: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '12' },
      rate: { type: 'string', default: '20' },
      json: { type: 'string' },
      soak: { type: 'string' },
      attack: { type: 'string', multiple: true },
      report: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const load = { processes: 2, actors: 8, requestsPerSecond: Number(values.rate) }
  const seconds = Number(values.seconds)
  const results = await Results.open(values.json)
  if (values.report !== undefined) {
    await writeFile(values.report, reportOf(results.found))
    return 0
  }
  if (values.soak !== undefined) return soakAll(positionals, Number(values.soak), load, results)
  if (values.attack) {
    const named = values.attack.filter((name) => name !== 'all')
    return attackAll(positionals, chosen(attacks, named, 'attack'), load, seconds, results)
  }
  let violations = 0
  for (const target of chosen<Target>(targets, positionals, 'store')) {
    for (const fault of chosen<Fault>(faults, values.fault ?? [], 'fault')) {
      if (!has(target, fault)) continue
      const result = await drill(target, fault, load, seconds)
      print(result, values.verbose)
      violations += result.violations.length
      await results.add(result)
    }
  }
  return violations === 0 ? 0 : 1
}

async function attackAll(
  names: readonly string[],
  chosenAttacks: readonly Attack[],
  load: Load,
  seconds: number,
  results: Results,
): Promise<number> {
  let violations = 0
  for (const target of chosen<Target>(targets, names, 'store')) {
    for (const attack of chosenAttacks) {
      const result = await withstand(target, attack, load, seconds)
      console.log(JSON.stringify({ ...result, violations: result.violations.length }))
      for (const one of result.violations.slice(0, 5)) console.log(one)
      violations += result.violations.length
      await results.addHostile(result)
    }
  }
  return violations === 0 ? 0 : 1
}

async function soakAll(
  names: readonly string[],
  minutes: number,
  load: Load,
  results: Results,
): Promise<number> {
  let violations = 0
  for (const target of chosen<Target>(targets, names, 'store')) {
    const result = await soak(target, load, minutes)
    console.log(JSON.stringify({ ...result, violations: result.violations.length }, null, 2))
    for (const one of result.violations.slice(0, 5)) console.log(one)
    violations += result.violations.length
    await results.addSoak(result)
  }
  return violations === 0 ? 0 : 1
}

function print(result: DrillResult, verbose: boolean): void {
  const { store, fault, requests, grants, failed, brokenForMs, backAfterMs, slowestMs } = result
  const { violations } = result
  console.log(
    `${store} · ${fault}: ${requests} requests, ${grants} grants, broken for ${brokenForMs} ms, ` +
      `${failed} failed, back after ${Math.round(backAfterMs)} ms, slowest ${slowestMs} ms, ` +
      `${violations.length} violations`,
  )
  if (verbose) console.log(result.answers)
  for (const { kind, text, entry } of violations.slice(0, verbose ? 100 : 5)) {
    console.log(`  ${kind}: ${text} ${entry ? JSON.stringify(entry) : ''}`)
  }
}

function chosen<T extends { name: string }>(
  all: readonly T[],
  names: readonly string[],
  kind: string,
): readonly T[] {
  const unknown = names.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ')
    throw new TypeError(`Unknown ${kind} "${unknown}": use one of ${known}`)
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

main().then(
  // A database client may still be trying to reconnect, and would keep the process running.
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
