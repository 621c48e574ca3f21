'use strict'
// Runs the tests on the databases of docker-compose.test.yml: starts them, waits until they are
// healthy, runs Jest with their URLs, and removes them.
//   npm run test:compose                           all tests
//   npm run test:compose -- conformance/test/wire  some tests, with any option of Jest
//   npm run test:compose up | down | write         one step; write generates the compose file
const { spawnSync } = require('node:child_process')
const { writeFileSync } = require('node:fs')
const path = require('node:path')
const { urlVariable } = require('../conformance/dist/databases')
const { recipes } = require('../conformance/dist/databases/recipes')
const { composeIn } = require('./compose')
const { composeFile, composeUrls } = require('./compose-file')

const root = path.resolve(__dirname, '..')
const file = path.join(root, 'docker-compose.test.yml')

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})

async function main([command, ...rest]) {
  if (command === 'write') {
    writeFileSync(file, composeFile({ recipes, urlVariable }))
    return
  }
  const compose = composeIn(root, { file })
  const urls = composeUrls({ recipes, urlVariable })
  switch (command) {
    case 'down':
      await compose.run('down', '--volumes')
      break
    case 'up':
      await compose.up()
      for (const [name, url] of Object.entries(urls)) console.log(`export ${name}='${url}'`)
      break
    default:
      await test(compose, urls, command ? [command, ...rest] : [])
  }
}

async function test(compose, urls, args) {
  const wereUp = (await compose.containers()).length > 0
  try {
    await compose.up()
    const env = { ...process.env, OAUTH2_TEST_REQUIRE: 'all', ...urls }
    process.exitCode = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), ...args], {
      cwd: root,
      env,
      stdio: 'inherit',
    }).status
  } finally {
    // Databases that were already running stay up.
    if (!wereUp) await compose.run('down', '--volumes')
  }
}
