'use strict'
// Generates the client of the benchmark "prisma", where it is missing or the models have changed.
const { execFileSync } = require('node:child_process')
const { existsSync, readFileSync } = require('node:fs')
const path = require('node:path')
const { init } = require('@oauth2-kit/prisma')

const root = path.resolve(__dirname, '..')
const models = path.join(__dirname, 'oauth.prisma')

const before = existsSync(models) ? readFileSync(models, 'utf8') : ''
init(['--schema', __dirname, '--force'], { print: () => {} })
const isCurrent = before === readFileSync(models, 'utf8')
if (!isCurrent || !existsSync(path.join(root, 'src/generated/prisma'))) {
  run('prisma', 'prisma', ['generate', '--schema', __dirname])
}
run('typescript', 'tsc', ['-b', root])

function run(name, command, args) {
  const manifest = require.resolve(`${name}/package.json`)
  const script = path.join(path.dirname(manifest), require(manifest).bin[command])
  execFileSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Generating needs no engine, but looks for one, and would download it: any file will do.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, ...process.env },
  })
}
