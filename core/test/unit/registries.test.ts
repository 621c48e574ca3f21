import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { endpoints } from '../../src/endpoints'
import { deviceCodeName } from '../../src/options/device-codes'
import { jwtBearerName } from '../../src/options/trusted-issuers'
import { grantTypes } from '../../src/grants'

const core = path.join(__dirname, '../..')
const docs = path.join(core, '../docs/endpoints')

function read(...parts: string[]): string {
  return readFileSync(path.join(...parts), 'utf8')
}

/** The words in code style in the table row that starts with `first`. */
function wordsOfRow(text: string, first: string): string[] {
  const row = text.split('\n').find((line) => line.startsWith(`| \`${first}\` |`)) ?? ''
  return [...row.matchAll(/`(\w+)`/g)].map(([, word]) => word!).slice(1)
}

describe('the registry of endpoints', () => {
  const names = endpoints.map(({ name }) => name)

  it('has every file of core/src/endpoints that declares one', () => {
    const declaring = readdirSync(path.join(core, 'src/endpoints')).filter((file) =>
      read(core, 'src/endpoints', file).includes('satisfies EndpointDefinition'),
    )
    const files = names.map((name) => `${name.replaceAll('_', '-')}.ts`)
    expect(declaring.toSorted()).toEqual(files.toSorted())
  })

  it('has each name and each path once', () => {
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(endpoints.map((endpoint) => endpoint.path)).size).toBe(names.length)
  })

  it('matches the option "endpoints" in the README', () => {
    expect(wordsOfRow(read(core, 'README.md'), 'endpoints')).toEqual([...names])
  })

  it('matches the paths in the README', () => {
    const text = read(core, 'README.md')
    for (const endpoint of endpoints) expect(text).toContain(`\`/oauth${endpoint.path}\``)
  })

  it('has a page in docs/endpoints for each, and one for the metadata', () => {
    const pages = readdirSync(docs).map((file) => path.basename(file, '.md'))
    expect(pages.toSorted()).toEqual([...names, 'metadata'].toSorted())
  })
})

/** The constants that name a grant type. */
const constants: Record<string, string> = { deviceCodeName, jwtBearerName }

describe('the registry of grant types', () => {
  const names = grantTypes.map(({ name }) => name)

  it('has every file of core/src/grants that declares one', () => {
    const declared = readdirSync(path.join(core, 'src/grants'))
      .map(
        (file) =>
          /= grantType\(\{\n {2}name: '?([\w:-]+)'?/.exec(read(core, 'src/grants', file))?.[1],
      )
      .map((name) => (name === undefined ? name : (constants[name] ?? name)))
      // The extension grant covers all names that are a URI.
      .flatMap((name) => (name === undefined || name === 'extension' ? [] : [name]))
    expect(declared.toSorted()).toEqual(names.toSorted())
  })

  it('has an example of each grant type in docs/endpoints/token.md', () => {
    const shown = [...read(docs, 'token.md').matchAll(/grant_type=([\w%:-]+)/g)].map(([, name]) =>
      decodeURIComponent(name!),
    )
    expect([...new Set(shown)].toSorted()).toEqual(names.toSorted())
  })
})
