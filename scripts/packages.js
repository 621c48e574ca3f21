'use strict'
// The packages that are published, and what their manifests say.
const { readFileSync } = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')

exports.root = root

/** The folders of the published packages. Each comes after those that it depends on. */
exports.packages = [
  'core',
  'adapters/memory',
  'adapters/mongo',
  'adapters/prisma',
  'adapters/redis',
  'adapters/sql',
  'adapters/typeorm',
  'conformance',
  'limiter',
  'mcp',
  'cli',
]

/** Returns the package.json of a folder. */
exports.manifestOf = (folder) =>
  JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
