import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commands } from '../src/commands'
import { programFolder, programsOf, root } from '../../test/support/programs'

const text = readFileSync(path.join(root, 'cli/README.md'), 'utf8')
const [, block = ''] = /^```sh commands\n(.*?)^```$/ms.exec(text) ?? []
const lines = block.trim().split('\n')

describe('cli/README.md', () => {
  it('contains commands that run in order on its store', () => {
    using place = programFolder()
    for (const { name, code } of programsOf('cli/README.md')) {
      writeFileSync(path.join(place.folder, name), code)
    }
    // Replaces npx, which would query the registry.
    const npx = `npx() { shift; "${process.execPath}" "${path.join(root, 'cli/dist/main.js')}" "$@"; }`
    const printed = lines.map((line) => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', `${npx}\n${line}`], {
        cwd: place.folder,
        encoding: 'utf8',
      })
      expect([line, status, stderr]).toEqual([line, 0, ''])
      return stdout
    })
    expect(printed[0]).toMatch(/^secret +[0-9a-f]{64}$/m)
    expect(printed[1]).toMatch(/^album +- +confidential +.* +profile email$/m)
    expect(printed[2]).toMatch(/^name +Photo album$/m)
    expect(JSON.parse(printed[3] ?? '')).toMatchObject({ id: 'album', name: 'Photo album' })
    expect(printed[4]).toMatch(/^username +ada$/m)
    expect(printed.slice(5, 9)).toEqual([
      'There are no such grants.\n',
      'Grants revoked: 0\n',
      'Entries removed: 0\n',
      'No problems found.\n',
    ])
    expect(printed[9]).toMatch(/^New keys, in .*\/keys\.json/)
    expect(printed[10]).toMatch(/^\S+ +ES256 +retired: published until /m)
  })

  it('names every command', () => {
    for (const { name } of commands) {
      const [first = '', second = ''] = name.split(' ')
      expect(text).toMatch(new RegExp(`^\\| \`${first}\\b.*\\b${second}\\b`, 'm'))
    }
  })
})
