import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, loadavg, platform } from 'node:os'
import { join } from 'node:path'
import { peerNames, peersFolder } from './contenders/peers'
import { effort } from './effort'
import { type Benchmark, type Result, isMet } from './result'

/** The results of a benchmark, with the circumstances of the run. */
export interface Recorded {
  name: string
  /** The day, such as 2026-01-31. */
  date: string
  isQuick: boolean
  node: string
  machine: { cores: number; platform: string; arch: string }
  /** The load average of the last minute at the end of the run: processes that wanted a core. */
  load: number
  versions: Readonly<Record<string, string>>
  results: readonly Result[]
}

const folder = join(__dirname, '../results')
const measured = [
  'express',
  'oauth2-server',
  'jose',
  ...peerNames,
  'ioredis',
  'mongodb',
  'mongoose',
  'pg',
  'mysql2',
  'typeorm',
  '@prisma/client',
]

/** Saves the results of a benchmark in place of the previous ones. */
export function record({ name, perNode }: Benchmark, results: readonly Result[]): void {
  const recorded: Recorded = {
    name,
    date: new Date().toISOString().slice(0, 10),
    isQuick: effort().isQuick,
    node: process.version,
    machine: { cores: availableParallelism(), platform: platform(), arch: arch() },
    load: Number(loadavg()[0]!.toFixed(1)),
    versions: Object.fromEntries(measured.map((one) => [one, versionOf(one)])),
    results: results.map((result) => ({
      ...result,
      rows: result.rows.map((row) => ({ ...row, met: isMet(row) })),
    })),
  }
  mkdirSync(folder, { recursive: true })
  const file = perNode ? `${name}-node-${majorOf(recorded)}.json` : `${name}.json`
  writeFileSync(join(folder, file), `${JSON.stringify(recorded, null, 2)}\n`)
}

/** Returns the saved results. Those of one benchmark are in the order of the Node.js versions. */
export function allRecorded(): readonly Recorded[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded)
}

/** Returns the major version of Node.js that the results were measured on. */
export function majorOf({ node }: Recorded): string {
  return /^v(\d+)/.exec(node)?.[1] ?? node
}

/** Reads the version from the package's folder: most packages don't export their package.json. */
function versionOf(name: string): string {
  const isPeer = peerNames.some((peer) => peer === name)
  const from = isPeer ? join(peersFolder, 'package.json') : __filename
  const places = createRequire(from).resolve.paths(name) ?? []
  for (const place of places) {
    try {
      const text = readFileSync(join(place, name, 'package.json'), 'utf8')
      return (JSON.parse(text) as { version: string }).version
    } catch {
      // Continue with the next folder up.
    }
  }
  throw new Error(`${name} is not installed: run "npm install", or "npm run bench" for a peer`)
}
