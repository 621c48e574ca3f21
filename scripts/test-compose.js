'use strict'
// Runs the tests on the databases of docker-compose.test.yml: up, wait until healthy, Jest with the URLs set, down.
//   npm run test:compose                          all tests
//   npm run test:compose -- conformance/test/wire  some, with any option of Jest
//   npm run test:compose up | down | write        only that; write makes docker-compose.test.yml anew
const { execFileSync, spawnSync } = require('node:child_process')
const { writeFileSync } = require('node:fs')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { urlVariable } = require('../conformance/dist/databases')
const { recipes } = require('../conformance/dist/databases/recipes')
const { composeFile, composeUrls } = require('./compose-file')

const root = path.resolve(__dirname, '..')
const file = path.join(root, 'docker-compose.test.yml')
const startTimeout = 180_000

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})

async function main([command, ...rest]) {
  const urls = composeUrls({ recipes, urlVariable })
  if (command === 'write') return writeFileSync(file, composeFile({ recipes, urlVariable }))
  if (command === 'down') return down()
  if (command === 'up') {
    await up()
    for (const [name, url] of Object.entries(urls)) console.log(`export ${name}='${url}'`)
    return
  }
  const wereUp = containers().length > 0
  try {
    await up()
    const jest = [require.resolve('jest/bin/jest'), ...(command ? [command, ...rest] : [])]
    const env = { ...process.env, OAUTH2_TEST_REQUIRE: 'all', ...urls }
    process.exitCode = spawnSync(process.execPath, jest, {
      cwd: root,
      env,
      stdio: 'inherit',
    }).status
  } finally {
    // What somebody else brought up stays up.
    if (!wereUp) down()
  }
}

async function up() {
  compose('inherit', 'up', '-d')
  const end = Date.now() + startTimeout
  for (;;) {
    const waiting = containers().filter((container) => health(container) !== 'healthy')
    if (waiting.length === 0) return
    if (Date.now() > end) throw new Error('not all databases started: see docker-compose logs')
    await sleep(500)
  }
}

function down() {
  compose('inherit', 'down', '--volumes')
}

function containers() {
  return compose('pipe', 'ps', '-q').split('\n').filter(Boolean)
}

function health(container) {
  return docker('inspect', '--format', '{{.State.Health.Status}}', container).trim()
}

/** Compose as Docker's plug-in, or the command of old. */
function compose(stdout, ...args) {
  const [command, ...before] = hasPlugin() ? ['docker', 'compose'] : ['docker-compose']
  const stdio = ['ignore', stdout, 'inherit']
  return execFileSync(command, [...before, '-f', file, ...args], { stdio, encoding: 'utf8' }) ?? ''
}

function hasPlugin() {
  return spawnSync('docker', ['compose', 'version']).status === 0
}

function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8' })
}
