import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

const root = path.join(__dirname, '../../..')

/** The folders and files of core/src. Each imports only from those after it, including types. */
const layers = [
  'index.ts',
  'command.ts',
  'store-kit',
  'server.ts',
  'context-of.ts',
  'frameworks',
  'endpoints',
  'admin',
  'grants',
  'context.ts',
  'model-2.4',
  'model-promise',
  'model-on-store',
  'storage',
  'limiting.ts',
  'options',
  'profile.ts',
  'reporting.ts',
  'events.ts',
  'protocol',
  'http',
  'crypto',
  'contract',
  'async',
  'node-version.ts',
  'errors',
  'values',
]

const packages = [
  'core',
  'conformance',
  'cli',
  'limiter',
  'mcp',
  ...['memory', 'mongo', 'prisma', 'redis', 'typeorm'].map((name) => `adapters/${name}`),
]

type Imports = ReadonlyMap<string, readonly string[]>

/** The files that each file of a package imports, by their paths in its src. */
function importsOf(folder: string): Imports {
  const src = path.join(root, folder, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const importing = (file: string) => {
    const text = readFileSync(path.join(src, file), 'utf8')
    return [...text.matchAll(/(?:from |import\()'(\.[^']*)'/g)].map(([, specifier = '']) => {
      const target = path.join(path.dirname(file), specifier)
      const found = [`${target}.ts`, path.join(target, 'index.ts')].find((candidate) =>
        existsSync(path.join(src, candidate)),
      )
      if (found === undefined) throw new Error(`${file} imports ${specifier}, which does not exist`)
      return found
    })
  }
  return new Map(files.map((file) => [file, importing(file)]))
}

/** Returns an import cycle, if one exists. */
function cycleIn(imports: Imports): string[] | undefined {
  const finished = new Set<string>()
  const walk = (file: string, way: string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (finished.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const cycle = walk(next, [...way, file])
      if (cycle) return cycle
    }
    finished.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const cycle = walk(file, [])
    if (cycle) return cycle
  }
  return undefined
}

function layerOf(file: string): number {
  return layers.indexOf(file.split(path.sep)[0] ?? '')
}

describe('the imports of core/src', () => {
  const imports = importsOf('core')

  it('are only in files that belong to a layer', () => {
    expect([...imports.keys()].filter((file) => layerOf(file) === -1)).toEqual([])
  })

  it('go only to the same layer or a lower one', () => {
    const up = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((target) => layerOf(target) < layerOf(file))
        .map((target) => `${file} imports ${target}`),
    )
    expect(up).toEqual([])
  })
})

describe('the files of a package', () => {
  it.each(packages)('%s: have no import cycle', (folder) => {
    expect(cycleIn(importsOf(folder))).toBeUndefined()
  })
})
