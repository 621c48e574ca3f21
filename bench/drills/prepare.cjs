'use strict'
// Makes the Prisma client of the provider, where it has none yet.
const { execFileSync } = require('node:child_process')
const { existsSync } = require('node:fs')
const path = require('node:path')
const { init } = require('@oauth2-kit/prisma')

const provider = path.dirname(require.resolve('@oauth2-kit/example-provider/package.json'))
const schema = path.join(provider, 'prisma')
if (!existsSync(path.join(provider, 'src/generated/prisma'))) {
  init(['--schema', schema, '--force'], { print: () => {} })
  run('prisma', 'prisma', ['generate', '--schema', schema])
}
run('typescript', 'tsc', ['-b', provider])

function run(name, command, args) {
  const manifest = require.resolve(`${name}/package.json`)
  const script = path.join(path.dirname(manifest), require(manifest).bin[command])
  execFileSync(process.execPath, [script, ...args], {
    cwd: provider,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Generating needs no engine, but looks for one, and would download it: any file will do.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, ...process.env },
  })
}
