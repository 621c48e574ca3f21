'use strict'
// Runs the tests on the databases of docker-compose.test.yml: up, wait until healthy, Jest with the URLs set, down.
//   npm run test:compose                          all tests
//   npm run test:compose -- conformance/test/wire  some, with any option of Jest
//   npm run test:compose up | down | write        only that; write makes docker-compose.test.yml anew
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
  const urls = composeUrls({ recipes, urlVariable })
  if (command === 'write') return writeFileSync(file, composeFile({ recipes, urlVariable }))
  const compose = composeIn(root, { file })
  const down = () => compose.run('down', '--volumes')
  if (command === 'down') return down()
  if (command === 'up') {
    await compose.up()
    for (const [name, url] of Object.entries(urls)) console.log(`export ${name}='${url}'`)
    return
  }
  const wereUp = (await compose.containers()).length > 0
  try {
    await compose.up()
    const jest = [require.resolve('jest/bin/jest'), ...(command ? [command, ...rest] : [])]
    const env = { ...process.env, OAUTH2_TEST_REQUIRE: 'all', ...urls }
    process.exitCode = spawnSync(process.execPath, jest, {
      cwd: root,
      env,
      stdio: 'inherit',
    }).status
  } finally {
    // What somebody else brought up stays up.
    if (!wereUp) await down()
  }
}
