import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { overHttp } from './http'
import { inProcess } from './in-process'
import { memory } from './memory'
import { type Benchmark, type Result, isMet, tableOf } from './result'
import { mongo } from './stores/mongo'
import { prisma } from './stores/prisma'
import { redis } from './stores/redis'
import { typeorm } from './stores/typeorm'

const benchmarks: readonly Benchmark[] = [
  ...inProcess,
  ...overHttp,
  memory,
  mongo,
  prisma,
  redis,
  ...typeorm,
]

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' } },
  })
  const results: Record<string, Result[]> = {}
  for (const { name, run } of chosen(positionals)) {
    // oxlint-disable-next-line no-await-in-loop -- side by side they would disturb each other
    const found = await run()
    results[name] = found
    for (const result of found) console.log(`${name} · ${tableOf(result)}\n`)
  }
  if (values.json !== undefined) await writeFile(values.json, jsonOf(results))
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.find((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (unknown !== undefined) {
    const known = benchmarks.map(({ name }) => name).join(', ')
    throw new Error(`There is no benchmark "${unknown}": take ${known}`)
  }
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name))
}

function jsonOf(results: Record<string, Result[]>): string {
  const judged = Object.entries(results).map(([name, found]) => [
    name,
    found.map((result) => ({
      ...result,
      rows: result.rows.map((row) => ({ ...row, met: isMet(row) })),
    })),
  ])
  return `${JSON.stringify({ node: process.version, ...Object.fromEntries(judged) }, null, 2)}\n`
}

main().then(
  // A worker that broke leaves others behind.
  () => process.exit(),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
