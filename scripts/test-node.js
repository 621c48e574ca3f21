'use strict'
// Runs the tests of the core, the memory store, the limiter and the package for MCP on the other releases
// of Node.js that the packages support. Left out are tests of databases, and the run of the
// conformance suite on the memory store, which takes long and calls no more of Node.js than the others.
//   npm run test:node                          all other releases
//   npm run test:node -- 24                    one of them
//   npm run test:node -- 24 core/test/unit     some tests on it
const { execFileSync, spawn } = require('node:child_process')
const events = require('node:events')
const path = require('node:path')
const { countsIn, format, sum } = require('./counts')
const { binaryOf } = require('./node-binary')
const { root } = require('./packages')

/** The releases that the packages support, except the one of this process: `npm test` runs on it. */
const others = [20, 22, 24].filter((major) => !process.versions.node.startsWith(`${major}.`))
const given = process.argv.slice(2)
const majors = orAll(given.filter(isRelease).map(Number), others)
const tests = orAll(
  given.filter((one) => !isRelease(one)),
  ['core/test', 'adapters/memory/test', 'limiter/test', 'mcp/test'],
)
const leftOut = ['/node_modules/', '/dist/', String.raw`(\.db|/conformance)\.test\.ts$`]

function isRelease(text) {
  return /^\d+$/.test(text)
}

function orAll(some, all) {
  return some.length > 0 ? some : all
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})

async function main() {
  const counts = []
  for (const major of majors) counts.push(await testOn(major))
  const total = sum(counts)
  if (total.failed > 0) process.exitCode = 1
  console.log(format(total))
}

/** Runs the tests on the newest release of that major, and resolves with the counts. */
async function testOn(major) {
  const node = binaryOf(major)
  console.log(`Node.js ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
  const jest = path.join(root, 'node_modules/jest/bin/jest.js')
  const args = [jest, ...tests, '--testPathIgnorePatterns', ...leftOut]
  const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] })
  let output = ''
  child.stderr.on('data', (text) => {
    output += text
    process.stderr.write(text)
  })
  const [code] = await events.once(child, 'close')
  return countsIn(output, code === 0)
}
