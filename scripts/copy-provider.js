'use strict'
// Copies the parts of the example provider that `oauth2-kit init` writes: its pages, its security,
// and what holds them together. They have one source, which the tests of the example cover.
const { cpSync, rmSync } = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const from = path.join(root, 'examples/provider')
const to = path.join(root, 'cli/dist/provider')
const demo = path.join(from, 'views/demo')

rmSync(to, { recursive: true, force: true })
cpSync(path.join(from, 'src/provider'), path.join(to, 'src'), { recursive: true })
cpSync(path.join(from, 'public'), path.join(to, 'public'), { recursive: true })
cpSync(path.join(from, 'views'), path.join(to, 'views'), {
  recursive: true,
  filter: (file) => file !== demo,
})
