import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

const root = path.join(__dirname, '../../..')
const published = [
  'core',
  'limiter',
  'cli',
  ...['memory', 'mongo', 'prisma', 'redis', 'typeorm'].map((name) => `adapters/${name}`),
]

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(root, folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
}

function matchesIn(file: string, pattern: RegExp): string[] {
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, found]) => found!)
}

describe('the codes of errors outside OAuth', () => {
  const union = matchesIn(path.join(root, 'core/src/errors/error-code.ts'), /^ {2}\| '(\w+)'/gm)

  it('are those of the README', () => {
    const documented = matchesIn(path.join(root, 'core/README.md'), /^\| `(OAUTH2_KIT_\w+)` \|/gm)
    expect(documented).toEqual(union)
  })

  it('are all in use', () => {
    const used = published
      .flatMap(sourcesOf)
      .filter((file) => !file.endsWith('error-code.ts'))
      .flatMap((file) => matchesIn(file, /'(OAUTH2_KIT_[A-Z_]+)'/g))
    expect(union.filter((code) => !used.includes(code))).toEqual([])
  })

  it.each(published)('are on every error that %s throws on purpose', (folder) => {
    const bare = sourcesOf(folder).flatMap((file) =>
      matchesIn(file, /(throw new (?:Type|Range)?Error\(.*)/g).map((line) => [file, line]),
    )
    expect(bare).toEqual([])
  })
})
