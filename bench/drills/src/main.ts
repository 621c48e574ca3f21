import { parseArgs } from 'node:util'
import { type DrillResult, drill } from './drill'
import { type Fault, faults } from './faults'
import { Results } from './results'
import { type Target, targets } from './targets'

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      fault: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '12' },
      rate: { type: 'string', default: '40' },
      json: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const load = { processes: 2, actors: 8, requestsPerSecond: Number(values.rate) }
  const results = await Results.open(values.json)
  let violations = 0
  for (const target of chosen<Target>(targets, positionals, 'store')) {
    for (const fault of chosen<Fault>(faults, values.fault ?? [], 'fault')) {
      // oxlint-disable no-await-in-loop -- side by side they would disturb each other
      const result = await drill(target, fault, load, Number(values.seconds))
      if (!result) continue
      tell(result, values.verbose)
      violations += result.violations.length
      await results.add(result)
      // oxlint-enable no-await-in-loop
    }
  }
  return violations === 0 ? 0 : 1
}

function tell(result: DrillResult, verbose: boolean): void {
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
    throw new TypeError(`There is no ${kind} "${unknown}": take ${known}`)
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  },
)
