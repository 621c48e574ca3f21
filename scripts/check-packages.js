'use strict'
// Packs every package as npm would publish it and checks the result: its metadata (publint, and what
// all packages have in common), its links, its types for every way to import it (attw), and that it
// runs from CommonJS and ES modules, with default and named imports. A package that is only a command
// has no types and no exports, so its command is run. At the end, npm installs all packages together.
const { execFileSync } = require('node:child_process')
const {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { brokenLinks } = require('./links')
const metadata = require('./metadata')
const { manifestOf, packages, root } = require('./packages')

const consumer = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-packages-'))

try {
  checkMetadata()
  checkDocuments()
  checkCommands()
  const tarballs = packages.map((folder) => check(folder))
  checkTogether(tarballs)
  console.log(`${packages.length} packages are ready to be published`)
} finally {
  rmSync(consumer, { recursive: true })
}

/** Checks that each package has the metadata and the links that the root's package.json implies. */
function checkMetadata() {
  const wrong = packages.flatMap(metadata.filesOf).filter(({ isCorrect }) => !isCorrect)
  if (wrong.length === 0) return
  throw new Error(`Run "npm run metadata" to update ${wrong.map(({ file }) => file).join(', ')}`)
}

/** Checks that no document has a link to a file or heading of the repository that does not exist. */
function checkDocuments() {
  const files = run('git', ['ls-files', '*.md'], root).trim().split('\n')
  const broken = files.flatMap((file) => brokenLinks(file).map((link) => `${file}: ${link}`))
  if (broken.length > 0) throw new Error(`Links that lead nowhere:\n${broken.join('\n')}`)
  console.log(`Every link in ${files.length} documents leads somewhere`)
}

/**
 * Checks that npm installs all packages in one project, with the newest releases of their peers that
 * they accept, and that they load there. npm chooses the release of ioredis, because TypeORM may not
 * accept the newest. `npm run test:ranges` reports a newer release that a store does not accept.
 */
function checkTogether(tarballs) {
  const project = path.join(consumer, 'together')
  mkdirSync(project)
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true }))
  // The stores come before the suite, which accepts more releases: the range of a store counts.
  const all = packages.map((folder) => manifestOf(folder).peerDependencies)
  const ranges = Object.assign({}, ...all.toReversed())
  const own = packages.map((folder) => manifestOf(folder).name)
  const newest = Object.entries(ranges)
    .filter(([peer]) => ![...own, 'ioredis'].includes(peer))
    .map(([peer, range]) => `${peer}@${range}`)
  // No package needs an install script of a peer to load.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund']
  run('npm', ['install', ...options, ...tarballs, ...newest], project)
  const names = packages
    .map(manifestOf)
    .filter(({ main }) => main)
    .map(({ name }) => name)
  const imports = names.map((name) => `await import('${name}')`).join('\n')
  run(process.execPath, ['--input-type=module', '--eval', imports], project)
  console.log(`npm installs all packages together, and they load`)
}

function check(folder) {
  const {
    name,
    main,
    bin: commands = {},
    dependencies = {},
    peerDependencies = {},
  } = manifestOf(folder)
  console.log(`${name}:`)
  const [packed] = JSON.parse(
    // The workspace is built already, and "prepack" would build it again for each package.
    run(
      'npm',
      ['pack', '--ignore-scripts', '--json', '--pack-destination', consumer],
      path.join(root, folder),
    ),
  )
  const tarball = path.join(consumer, packed.filename)
  const files = packed.files.map((file) => path.normalize(file.path))
  const entries = main ? ['dist/index.js', 'dist/index.d.ts'] : []
  for (const needed of ['LICENSE', 'README.md', ...entries, ...Object.values(commands)]) {
    if (!files.includes(path.normalize(needed))) {
      throw new Error(`${name} would be published without ${needed}`)
    }
  }
  bin('publint', ['run', tarball, '--strict'])
  install(name, tarball)
  Object.keys({ ...dependencies, ...peerDependencies }).forEach(link)
  runCommands(name, commands)
  if (main) {
    bin('attw', [tarball, '--no-emoji', '--no-definitely-typed'])
    runAsConsumer(name)
  }
  return tarball
}

/** Installs the package where Node finds it, next to those that were checked before. */
function install(name, tarball) {
  const target = path.join(consumer, 'node_modules', name)
  mkdirSync(target, { recursive: true })
  run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], consumer)
}

/** Links a dependency of the package from this workspace. */
function link(name) {
  const [from, to] = [root, consumer].map((folder) => path.join(folder, 'node_modules', name))
  if (existsSync(to) || !existsSync(from)) return
  mkdirSync(path.dirname(to), { recursive: true })
  symlinkSync(from, to)
}

/** Checks the commands in a fresh clone: npm links them before the build, and never retries. */
function checkCommands() {
  const clone = path.join(consumer, 'clone')
  const commands = packages.flatMap((folder) => copyUnbuilt(folder, path.join(clone, folder)))
  const manifest = { private: true, workspaces: packages }
  writeFileSync(path.join(clone, 'package.json'), JSON.stringify(manifest))
  run('npm', ['install', '--offline', '--no-audit', '--no-fund'], clone)
  const missing = commands.filter(
    (name) => !existsSync(path.join(clone, 'node_modules/.bin', name)),
  )
  if (missing.length > 0) {
    throw new Error(
      `npm doesn't link ${missing.join(', ')} before the build: move "bin" out of dist`,
    )
  }
  rmSync(clone, { recursive: true })
  console.log(`npm install links ${commands.join(', ')} before the build`)
}

/**
 * Copies the files that npm reads, without dependencies and dist. Returns the names of the
 * commands.
 */
function copyUnbuilt(folder, target) {
  const { name, version, bin: commands = {} } = manifestOf(folder)
  mkdirSync(target, { recursive: true })
  writeFileSync(path.join(target, 'package.json'), JSON.stringify({ name, version, bin: commands }))
  const files = Object.values(commands).map((file) => path.normalize(file))
  for (const file of files.filter((file) => !file.startsWith(`dist${path.sep}`))) {
    cpSync(path.join(root, folder, file), path.join(target, file))
  }
  return Object.keys(commands)
}

function runCommands(name, commands) {
  for (const [command, file] of Object.entries(commands)) {
    run(process.execPath, [path.join(consumer, 'node_modules', name, file), '--help'], consumer)
    console.log(`${command} --help runs`)
  }
  if ('oauth2-kit' in commands) writeProvider(path.join(consumer, 'node_modules', name))
}

/**
 * Checks that the package contains all templates that its command writes, because npm doesn't
 * publish files with some names.
 */
function writeProvider(folder) {
  const { bin: commands } = require(path.join(folder, 'package.json'))
  const written = (from) => {
    const args = [path.join(from, commands['oauth2-kit']), 'init', '--store', 'prisma', '--json']
    const target = mkdtempSync(path.join(consumer, 'written-'))
    return JSON.parse(run(process.execPath, args, target)).files
  }
  const [packed, here] = [written(folder), written(path.join(root, 'cli'))]
  if (packed.join() !== here.join()) throw new Error(`The package lacks some of ${here.join(', ')}`)
  console.log(`oauth2-kit init writes ${packed.length} files`)
}

function runAsConsumer(name) {
  const required = Object.keys(require(path.join(consumer, 'node_modules', name)))
  const named = required.filter((key) => key !== 'default').join(', ')
  writeFileSync(
    path.join(consumer, 'consumer.mjs'),
    `import whole, { ${named} } from '${name}'
for (const [key, value] of Object.entries({ ${named} })) {
  if (value === undefined || value !== whole[key]) throw new Error(\`\${key} differs\`)
}
`,
  )
  run(process.execPath, ['consumer.mjs'], consumer)
  console.log(`runs from CommonJS and from ES modules: ${named}`)
}

function bin(command, args) {
  process.stdout.write(run(path.join(root, 'node_modules/.bin', command), args, root))
}

function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    process.stderr.write(`${error.stdout}${error.stderr}`)
    throw new Error(`${path.basename(command)} ${args.join(' ')} failed`, { cause: error })
  }
}
