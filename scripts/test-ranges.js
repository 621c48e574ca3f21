'use strict'
// Runs the conformance suite of the stores on the lowest and the highest release of each range of
// their peerDependencies: `npm run test:ranges`, or with names of stores or peers, or with any release
// of a peer, such as ioredis@5.3.0. Each release is installed in a temporary folder, together with the packages
// of this workspace as npm would publish them. Reports too if a package does not accept the newest
// release of a peer.
const { execFile } = require('node:child_process')
const { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { stopDatabases, testDatabase } = require('../conformance/dist/databases')
const { manifestOf, packages, root } = require('./packages')
const stores = require('./ranges/stores')

const run = promisify(execFile)
const work = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-ranges-'))
const wanted = process.argv.slice(2)

main()
  .catch((error) => {
    console.error(error)
    process.exitCode = 1
  })
  .finally(async () => {
    await stopDatabases()
    rmSync(work, { recursive: true, force: true })
  })

async function main() {
  checkNames()
  const failed = await unacceptedReleases()
  for (const [name, store] of Object.entries(stores)) {
    for (const peer of store.peers) {
      const ends = isWanted(name, peer) ? await endsOf(name, peer) : []
      for (const version of new Set([...ends, ...wantedReleasesOf(peer)])) {
        const release = `${peer} ${version}`
        const folder = await installed(name, store, peer, version)
        for (const database of databasesOf(store, peer)) {
          const passed = await conforms(folder, peer, database, `${release} on ${database}`)
          if (!passed) failed.push(`${release} on ${database}`)
        }
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  if (failed.length === 0) return
  console.error(`Failed: ${failed.join(', ')}`)
  process.exitCode = 1
}

/** Returns the databases on which a peer is tested: the same for each, or those of its name. */
function databasesOf({ databases }, peer) {
  return Array.isArray(databases) ? databases : databases[peer]
}

/** Throws if a name or a release that was asked for would test nothing. */
function checkNames() {
  const peers = new Set(Object.values(stores).flatMap((store) => store.peers))
  const names = new Set([...Object.keys(stores), ...peers, ...packages.flatMap(namesOf)])
  for (const one of wanted) {
    const peer = one.slice(0, Math.max(one.lastIndexOf('@'), 0))
    if (names.has(one) || peers.has(peer)) continue
    throw new Error(
      `${one} is neither a store, nor a peer, nor a release of a peer of a store. The peers of the stores are ${[...peers].join(', ')}`,
    )
  }
}

/** Returns the names of a package by which its peers are checked: of its folder, and of its peers. */
function namesOf(folder) {
  return [path.basename(folder), ...Object.keys(manifestOf(folder).peerDependencies ?? {})]
}

/** Returns whether a peer of a store or a package is tested with the releases of its ranges. */
function isWanted(name, peer) {
  return wanted.length === 0 || wanted.includes(name) || wanted.includes(peer)
}

/** Returns the releases of a peer that were asked for. */
function wantedReleasesOf(peer) {
  return wanted.filter((one) => one.startsWith(`${peer}@`)).map((one) => one.slice(peer.length + 1))
}

/** Resolves with the lowest and the highest release of each range that a store accepts of a peer. */
async function endsOf(name, peer) {
  const ranges = rangesOf(`adapters/${name}`, peer)
  const ends = await Promise.all(
    ranges.map(async (range) => {
      const sorted = (await releasesOf(`${peer}@${range}`)).toSorted(compareVersions)
      return [sorted[0], sorted.at(-1)]
    }),
  )
  return [...new Set(ends.flat())]
}

/** Resolves with the newest releases of peers that one of the packages does not accept. */
async function unacceptedReleases() {
  const found = []
  for (const folder of packages) {
    const { name, peerDependencies = {} } = manifestOf(folder)
    for (const peer of Object.keys(peerDependencies)) {
      if (!isWanted(path.basename(folder), peer) || peer.startsWith('@oauth2-kit/')) continue
      const [newest] = await releasesOf(peer)
      const ranges = rangesOf(folder, peer).map((range) => releasesOf(`${peer}@${range}`))
      if ((await Promise.all(ranges)).flat().includes(newest)) continue
      found.push(`${peer} ${newest}, which ${name} does not accept`)
    }
  }
  return found
}

function rangesOf(folder, peer) {
  const { peerDependencies } = manifestOf(folder)
  return peerDependencies[peer].split('||').map((range) => range.trim())
}

/** Resolves with the releases that npm has of a package or a range, without early ones. */
async function releasesOf(spec) {
  const { stdout } = await run('npm', ['view', spec, 'version', '--json'])
  return [JSON.parse(stdout)].flat().filter((version) => !version.includes('-'))
}

function compareVersions(one, other) {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number))
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/** Installs a store with that release of a peer, and returns the folder. */
async function installed(name, { also = () => ({}), prepare }, peer, version) {
  const folder = path.join(work, `${name}-${path.basename(peer)}-${version}`)
  mkdirSync(folder)
  const own = ['core', 'conformance', 'adapters/sql', `adapters/${name}`]
  const packed = await Promise.all([...new Set(own)].map((one) => packedOf(one)))
  const dependencies = { ...Object.fromEntries(packed), [peer]: version, ...also(version) }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  // No peer of a release needs its install script: the drivers bring their binaries.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', ...options], { cwd: folder, maxBuffer: 2 ** 26 })
  copyFileSync(path.join(__dirname, `ranges/${name}.js`), path.join(folder, 'store.js'))
  await prepare?.(folder, version)
  return folder
}

const tarballs = new Map()

/** Packs a package of the workspace. Resolves with its name and the address of its tarball. */
function packedOf(folder) {
  let packed = tarballs.get(folder)
  if (!packed) {
    const options = ['pack', '--ignore-scripts', '--json', '--pack-destination', work]
    packed = run('npm', options, { cwd: path.join(root, folder) }).then(({ stdout }) => {
      const [{ name, filename }] = JSON.parse(stdout)
      return [name, `file:${path.join(work, filename)}`]
    })
    tarballs.set(folder, packed)
  }
  return packed
}

/** Runs the suite, and prints one line, or the report if the store does not reach the level. */
async function conforms(folder, peer, database, title) {
  const isolated =
    database === 'sqlite' ? null : await testDatabase(database).isolated(newNamespace())
  const since = performance.now()
  const args = ['node_modules/@oauth2-kit/conformance/bin/oauth2-conformance.js', './store.js']
  const env = {
    ...process.env,
    RANGE_PEER: peer,
    RANGE_NAMESPACE: isolated?.namespace ?? '',
    RANGE_URL: isolated?.url ?? '',
  }
  try {
    const options = { cwd: folder, env, maxBuffer: 2 ** 26 }
    const { stdout } = await run(process.execPath, [...args, '--level', 'contract'], options)
    const seconds = Math.round((performance.now() - since) / 1000)
    console.log(`${title}: ${lastLineOf(stdout)} (${seconds} s)`)
    return true
  } catch (error) {
    console.log(`${title}: FAILED\n${error.stdout}\n${error.stderr}`)
    return false
  } finally {
    await isolated?.drop()
  }
}

let count = 0

function newNamespace() {
  return `range_${process.pid}_${count++}`
}

function lastLineOf(text) {
  return text.trimEnd().split('\n').at(-1)
}
