import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { allRun } from './support/growth'
import { programFolder, root } from './support/programs'

const programs = path.join(__dirname, 'bundlers')
const bin = path.join(root, 'node_modules/.bin')
/** The statuses of the token response, and of the API with a token, a wrong one and none. */
const worked = [200, 200, 401, 401]

/** The entries with an ES module for bundlers, and what their bundles leave to Node.js. */
const entries: [name: string, ...external: string[]][] = [
  ['@oauth2-kit/core'],
  ['@oauth2-kit/core/store-kit'],
  ['@oauth2-kit/memory'],
  ['@oauth2-kit/mongo', 'mongodb', 'mongoose'],
  ['@oauth2-kit/prisma', '@prisma/client'],
  ['@oauth2-kit/redis', 'ioredis'],
  ['@oauth2-kit/sql'],
  ['@oauth2-kit/sql/pg', 'pg'],
  ['@oauth2-kit/sql/drizzle/pg', 'drizzle-orm'],
  ['@oauth2-kit/typeorm', 'typeorm'],
  ['@oauth2-kit/limiter', 'rate-limiter-flexible'],
  ['@oauth2-kit/mcp'],
]

/** Returns what the program prints, after it was bundled by the command of esbuild. */
function withEsbuild(entry: string, format: string, external: string[] = []): unknown {
  using created = programFolder()
  const bundle = path.join(created.folder, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`)
  const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${bundle}`]
  const externals = external.map((name) => `--external:${name}`)
  run(path.join(bin, 'esbuild'), [entry, '--log-level=warning', ...options, ...externals])
  return JSON.parse(run(process.execPath, [bundle]))
}

/** The same with Vite, which bundles with Rollup, and which Vitest has installed. */
function withVite(entry: string, _format: string, external: string[] = []): unknown {
  using created = programFolder()
  const config = path.join(created.folder, 'vite.config.mjs')
  const output = { entryFileNames: 'bundle.mjs' }
  const options = {
    logLevel: 'error',
    ssr: { noExternal: true, external },
    build: { ssr: entry, outDir: created.folder, emptyOutDir: false, rollupOptions: { output } },
  }
  writeFileSync(config, `export default ${JSON.stringify(options)}`)
  run(path.join(bin, 'vite'), ['build', '--config', config], created.folder)
  return JSON.parse(run(process.execPath, [path.join(created.folder, 'bundle.mjs')]))
}

function run(command: string, args: string[], cwd = root): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
}

/** `npm run test:all` takes them all. */
const bundlers = [
  ['esbuild', 'esm', withEsbuild],
  ['esbuild', 'cjs', withEsbuild],
  ['Vite', 'esm', withVite],
] as const

describe.each(allRun ? bundlers : bundlers.slice(0, 1))(
  'a program that %s bundles as %s',
  (_bundler, format, bundled) => {
    it('runs on node:http, without another file', () => {
      expect(bundled(path.join(programs, 'on-node.ts'), format)).toEqual(worked)
    })

    it('runs on Express', () => {
      // Express is CommonJS. In an ES module, esbuild doesn't support its `require` of built-ins.
      const external = format === 'esm' ? ['express'] : []
      expect(bundled(path.join(programs, 'on-express.ts'), format, external)).toEqual(worked)
    })

    it('runs on TypeORM', () => {
      const external = ['libsql', 'typeorm']
      expect(bundled(path.join(programs, 'on-typeorm.ts'), format, external)).toEqual(worked)
    })

    it('has one copy of each class and function, imported or required', () => {
      const same = bundled(path.join(programs, 'mixed.mjs'), format) as Record<string, boolean>
      expect(Object.entries(same).filter(([, is]) => !is)).toEqual([])
    })
  },
)

describe.each(entries)('a bundle of %s', (name, ...external) => {
  it.each(['esm', 'cjs'])('as %s has the exports of the package', (format) => {
    using created = programFolder()
    const entry = path.join(created.folder, 'entry.mjs')
    const code = `import * as all from '${name}'
const names = Object.keys(all).filter((key) => all[key] !== undefined)
process.stdout.write(JSON.stringify(names))`
    writeFileSync(entry, code)
    const names = withEsbuild(entry, format, external) as string[]
    const wanted = Object.keys(require(name)).filter((key) => key !== 'default')
    expect(names.filter((key) => key !== 'default').toSorted()).toEqual(wanted.toSorted())
  })
})
