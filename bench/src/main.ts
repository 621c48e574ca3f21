import { parseArgs } from 'node:util'
import { choose, chooseParts } from './effort'
import { overHttp } from './http'
import { inProcess } from './in-process'
import { memory } from './memory'
import { record } from './recorded'
import { type Benchmark, tableOf } from './result'
import { endToEnd } from './end-to-end'
import { growth } from './stores/growth'
import { mongo } from './stores/mongo'
import { prisma } from './stores/prisma'
import { redis } from './stores/redis'
import { sql } from './stores/sql'
import { typeorm } from './stores/typeorm'
import { speedTricks } from './tricks'

const benchmarks: readonly Benchmark[] = [
  ...inProcess,
  ...overHttp,
  speedTricks,
  memory,
  mongo,
  prisma,
  redis,
  ...sql,
  ...typeorm,
  ...growth,
  ...endToEnd,
]

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      sizes: { type: 'string' },
      part: { type: 'string', multiple: true, default: [] },
      keep: { type: 'boolean', default: true },
    },
    allowNegative: true,
  })
  choose(values.quick, values.sizes?.split(',').map(Number))
  chooseParts(values.part)
  // The result of a part must not replace that of the whole benchmark.
  const keeps = values.keep && values.part.length === 0
  for (const benchmark of chosen(positionals)) {
    const found = await benchmark.run()
    for (const result of found)
      console.log(`${benchmark.name} on Node.js ${process.version} · ${tableOf(result)}\n`)
    if (keeps) record(benchmark, found)
  }
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.find((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (unknown !== undefined) {
    const known = benchmarks.map(({ name }) => name).join(', ')
    throw new Error(`Unknown benchmark "${unknown}": use one of ${known}`)
  }
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name))
}

main().then(
  // A worker that failed leaves other workers behind.
  () => process.exit(),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
