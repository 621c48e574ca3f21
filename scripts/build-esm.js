'use strict'
// Builds each package once more as ES modules, from the same sources, for bundlers: they use the
// condition `module` of `exports`. Node.js doesn't know this condition and always loads the
// CommonJS that `tsc -b` has built before. An entry whose types are made of those of a package with
// different types for `import` and `require`, such as Drizzle, has the condition `import` instead,
// with types of its own.
const { readFileSync, rmSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { build } = require('esbuild')
const { manifestOf, packages, root } = require('./packages')

/** The statements that tell Node.js the names of a CommonJS module. */
const forNode = /^exports\..*?undefined$/gms

Promise.all(packages.map((name) => buildPackage(name))).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})

async function buildPackage(name) {
  const folder = path.join(root, name)
  const entries = Object.values(manifestOf(name).exports).filter((entry) => moduleOf(entry))
  if (entries.length === 0) return
  rmSync(path.join(folder, 'dist/esm'), { recursive: true, force: true })
  await build({
    absWorkingDir: folder,
    entryPoints: entries.map((entry) => ({ in: sourceOf(entry), out: outputOf(entry) })),
    outdir: 'dist/esm',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Code that two entries share is in one module, so that each class exists once.
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    logLevel: 'warning',
    plugins: [{ name: 'export-assignment', setup: convertExportAssignment }],
  })
  for (const { module } of entries.filter((entry) => entry.module?.default)) {
    writeFileSync(path.join(folder, module.default), required(path.basename(module.import)))
  }
  for (const entry of entries.filter((one) => one.import)) writeTypes(folder, entry)
}

/** Writes the types of an ES module: those of the CommonJS, with the extensions that it needs. */
function writeTypes(folder, { import: { types }, require: { types: source } }) {
  const text = readFileSync(path.join(folder, source), 'utf8')
  const moved = text.replaceAll(/(?<=from '|import\(["'])\.[^'"]+/g, (specifier) => {
    const target = path.posix.join(path.posix.dirname(source), specifier)
    return `${path.posix.relative(path.posix.dirname(types), target)}.js`
  })
  writeFileSync(path.join(folder, types), moved)
}

/** Returns the ES module of an entry; undefined if it has none. */
function moduleOf({ module, import: imported }) {
  return module?.import ?? module ?? imported?.default
}

/**
 * Returns what a bundler's `require` of the package loads: the function, not the namespace of the
 * ES module, which is not callable. Imported or required, a bundle then has one copy of each class.
 */
function required(file) {
  // publint expects only ES modules below the condition `module`, and finds CommonJS by its usual
  // spelling. Only CommonJS can export a function to `require`, so the spelling is another one.
  return `module['exports']=require('./${file}').default\n`
}

/** Returns the source of an entry: `./dist/index.js` is built from `./src/index.ts`. */
function sourceOf(entry) {
  const { default: file } = entry.require ?? entry
  return file.replace('./dist/', './src/').replace(/\.js$/, '.ts')
}

/** Returns the name of the ES module of an entry, without its extension. */
function outputOf(entry) {
  return path.basename(moduleOf(entry), '.mjs')
}

/**
 * Converts an `export =` of a function to a default export, and its properties to named exports. No
 * ES module can contain `export =`.
 */
function convertExportAssignment({ onLoad }) {
  onLoad({ filter: /[/\\]src[/\\]index\.ts$/ }, ({ path: file }) => {
    const source = readFileSync(file, 'utf8')
    const [statement, whole] = /^export = (\w+)$/m.exec(source) ?? []
    if (!statement) return undefined
    const names = Object.keys(require(file.replace(/src(.)index\.ts$/, 'dist$1index.js')))
    const contents = [
      source.replace(statement, `export default ${whole}`).replaceAll(forNode, ''),
      ...names.map((name) => `const exported_${name} = ${whole}.${name}`),
      `export { ${names.map((name) => `exported_${name} as ${name}`).join(', ')} }`,
    ]
    return { contents: contents.join('\n'), loader: 'ts' }
  })
}
