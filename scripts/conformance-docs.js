'use strict'
// Generates the pages of conformance/docs from the cases and the mutants: `npm run docs`, after a
// build.
const { mkdirSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { pages } = require('../conformance/dist/self-test/table.js')

const folder = path.resolve(__dirname, '../conformance/docs')
mkdirSync(folder, { recursive: true })
for (const [name, page] of Object.entries(pages)) writeFileSync(path.join(folder, name), page())
