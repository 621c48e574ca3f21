import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder, root } from './support/programs'

const { brokenLinks, repository } = jest.requireActual<{
  brokenLinks: (file: string) => string[]
  repository: string
}>('../scripts/links')

const links = {
  'a file that exists': ['/README.md', true],
  'a folder that exists': ['/adapters', true],
  'a heading that exists': ['/README.md#two-commands', true],
  'a heading that does not exist': ['/README.md#three-commands', false],
  'a file that does not exist': ['/READYOU.md', false],
} as const

describe('brokenLinks()', () => {
  describe.each(['relative', 'absolute'])('with %s links', (kind) => {
    it.each(Object.entries(links))('%s', (_title, [target, exists]) => {
      using place = programFolder()
      const file = path.join(place.folder, 'page.md')
      const base =
        kind === 'absolute' ? `${repository}/blob/HEAD` : path.relative(place.folder, root)
      const link = base + target
      for (const text of [`See [it](${link}).`, `See [it].\n\n[it]: ${link}\n`]) {
        writeFileSync(file, text)
        expect(brokenLinks(path.relative(root, file))).toEqual(exists ? [] : [link])
      }
    })
  })

  it('ignores other addresses and blocks of code', () => {
    using place = programFolder()
    const file = path.join(place.folder, 'page.md')
    writeFileSync(file, '[a](https://example.com/b.md)\n\n```md\n[c](d.md)\n```\n')
    expect(brokenLinks(path.relative(root, file))).toEqual([])
  })
})
