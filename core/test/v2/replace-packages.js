'use strict'

// For `node --require` and `mocha --require`: replaces the modules that the files of one folder
// require. `REPLACE` is JSON: { in: folder, by: { request: module } }. The module is a path or the
// name of a package, followed by `#name` for one export.

const { readFileSync } = require('node:fs')
const Module = require('node:module')
const { transformSync } = require('@swc/core')

const { in: folder, by } = JSON.parse(process.env.REPLACE)

const load = Module._load
Module._load = function loadReplaced(request, parent, isMain) {
  const replaced = parent?.filename?.startsWith(folder) ? by[request] : undefined
  if (replaced === undefined) return load(request, parent, isMain)
  const [name, exported] = replaced.split('#')
  const loaded = require(name)
  return exported ? loaded[exported] : loaded
}

// Compiles the sources of the core, as Jest does.
Module._extensions['.ts'] = function compile(module, file) {
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  })
  module._compile(code, file)
}
