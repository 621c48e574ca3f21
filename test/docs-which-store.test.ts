import { readFileSync } from 'node:fs'
import path from 'node:path'
import { exports } from '../adapters/sql/package.json'
import { root } from './support/programs'

const page = readFileSync(path.join(root, 'docs/which-store.md'), 'utf8')
/** The functions of the page, each with the module that exports it. */
const functions = Array.from(
  page.matchAll(/`(\w+)\([^`]*\)` from `(@oauth2-kit\/[^`]+)`/g),
  ([, name = '', module = '']) => [name, module] as const,
)
/** The client of an entry of @oauth2-kit/sql, which may have several entries. */
const bindings = Object.keys(exports)
  .filter((entry) => !['.', './package.json'].includes(entry))
  .map((entry) => entry.split('/')[1])

describe('docs/which-store.md', () => {
  it('names each client that @oauth2-kit/sql has a store for', () => {
    const named = functions.map(([, module]) => module)
    expect(named).toEqual(
      expect.arrayContaining(bindings.map((binding) => `@oauth2-kit/sql/${binding}`)),
    )
  })

  it.each(functions.filter(([, module]) => isThere(module)))(
    '%s is exported by %s',
    (name, module) => {
      expect(jest.requireActual<Record<string, unknown>>(module)[name]).toBeInstanceOf(Function)
    },
  )
})

function isThere(module: string): boolean {
  const [, , binding] = module.split('/')
  return binding === undefined || bindings.includes(binding)
}
