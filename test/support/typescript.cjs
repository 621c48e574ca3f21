'use strict'
// Lets processes that tests start run the sources: `node --require .../typescript.cjs file.ts`.
const { hash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const { transformSync } = require('@swc/core')
const { moduleNameMapper } = require('../../jest.config.js')

const root = path.resolve(__dirname, '../..')
const mapped = Object.entries(moduleNameMapper).map(([pattern, file]) => [
  new RegExp(pattern),
  file.replace('<rootDir>', root),
])

const resolve = Module._resolveFilename
Module._resolveFilename = function (request, ...rest) {
  const [pattern, file] = mapped.find(([one]) => one.test(request)) ?? []
  return resolve.call(this, pattern ? request.replace(pattern, file) : request, ...rest)
}

const cache = path.join(root, 'node_modules/.cache/typescript-hook')
mkdirSync(cache, { recursive: true })

Module._extensions['.ts'] = function (module, file) {
  module._compile(compiled(file, readFileSync(file, 'utf8')), file)
}

/** Compiles each version of a file once, because many processes load the same files. */
function compiled(file, source) {
  const kept = path.join(cache, hash('sha256', `${file}\0${source}`, 'hex'))
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const code = compile(file, source)
    const own = `${kept}.${process.pid}`
    writeFileSync(own, code)
    renameSync(own, kept)
    return code
  }
}

function compile(file, source) {
  return transformSync(source, {
    filename: file,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs', ignoreDynamic: true },
    sourceMaps: 'inline',
  }).code
}
