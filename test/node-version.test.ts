import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { lowestNode } from '../core/src/node-version'
import { programFolder, root } from './support/programs'

// The built packages, in a process that pretends to be another release of Node.js.

interface Manifest {
  name: string
  private?: boolean
  engines?: { node: string }
  bin?: Record<string, string>
  exports?: Record<string, unknown>
}

const manifests = ['.', 'adapters']
  .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)))
  .filter((folder) => existsSync(path.join(root, folder, 'package.json')))
  .map((folder) => {
    const text = readFileSync(path.join(root, folder, 'package.json'), 'utf8')
    return { folder, ...(JSON.parse(text) as Manifest) }
  })
  .filter(({ private: isPrivate }) => !isPrivate)
/** Entries that don't load the core: `command` reports the release itself. */
const without = ['@oauth2-kit/core/command', '@oauth2-kit/conformance/databases']
const entries = manifests.flatMap(({ name, exports = {} }) =>
  Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => path.posix.join(name, entry))
    .filter(
      (entry) => !without.includes(entry) && !entry.startsWith('@oauth2-kit/conformance/raw/'),
    ),
)
const commands = manifests.flatMap(({ folder, bin = {} }) =>
  Object.values(bin).map((file) => path.join(folder, file)),
)

/** Runs Node.js with these arguments, as if it were that release. */
function runAs(version: string, args: string[], files: Record<string, string> = {}) {
  using place = programFolder()
  const old = `
const versions = { ...process.versions, node: '${version}' }
Object.defineProperty(process, 'versions', { value: versions })
if (parseInt('${version}') < 20) delete String.prototype.isWellFormed
`
  for (const [name, text] of Object.entries({ 'old.cjs': old, ...files })) {
    writeFileSync(path.join(place.folder, name), text)
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', './old.cjs', ...args],
    { cwd: place.folder, encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

const message = (version: string) =>
  `oauth2-kit needs Node.js ${lowestNode} or later; this is ${version}`

describe('a release of Node.js that is too old', () => {
  it.each(entries)('%s cannot be required, and the error says why', (entry) => {
    const { status, stderr } = runAs('18.20.8', ['--eval', `require('${entry}')`])
    expect(stderr.split('\n')).toContain(`Error: ${message('18.20.8')}`)
    expect(stderr).toContain("code: 'OAUTH2_KIT_NODE'")
    expect(status).toBe(1)
  })

  it.each(entries)('%s cannot be imported, and the error says why', (entry) => {
    const { status, stderr } = runAs('20.18.3', ['entry.mjs'], {
      'entry.mjs': `import * as entry from '${entry}'`,
    })
    expect(stderr.split('\n')).toContain(`Error: ${message('20.18.3')}`)
    expect(status).toBe(1)
  })

  it.each(commands)('%s prints one line and exits with 1', (command) => {
    expect(runAs('18.20.8', [path.join(root, command), '--help'])).toEqual({
      status: 1,
      stdout: '',
      stderr: `${message('18.20.8')}\n`,
    })
  })
})

describe('a release of Node.js that is supported', () => {
  it.each([`${lowestNode}.0`, '22.0.0', '100.0.0'])('%s loads every entry', (version) => {
    const all = entries.map((entry) => `require('${entry}')`).join('\n')
    expect(runAs(version, ['--eval', all])).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('is the same in `engines` of every package', () => {
    const { engines } = JSON.parse(
      readFileSync(path.join(root, 'package.json'), 'utf8'),
    ) as Manifest
    const named = [engines, ...manifests.map((manifest) => manifest.engines)]
    expect(new Set(named.map((one) => one?.node))).toEqual(new Set([`>=${lowestNode}`]))
  })
})
