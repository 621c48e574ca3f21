import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Running, curlsOf, programFolder, programsOf, root, writeProgram } from './support/programs'
import type { OAuth2ServerClass } from './support/upgrading/contract'
import { document, section } from './support/upgrading/guide'
import { ada, album, plainModel, untouched } from './support/upgrading/plain-model'

/** Returns the words in the code of a section. */
function codeIn(heading: string): Set<string> {
  const spans = section(heading).match(/`[^`\n]+`/g) ?? []
  return new Set(spans.join(' ').match(/\w+/g))
}

/** Each version: the package of its Express middlewares, and the package below. */
const versions = [
  ['express-oauth-server', 'oauth2-server', '2.0.0', '3.1.1'],
  ['express-oauth-server3', '@node-oauth/oauth2-server', '3.0.1', '4.3.3'],
  ['@node-oauth/express-oauth-server', '@node-oauth/oauth2-server', '4.2.0', '5.3.0'],
] as const

describe.each(versions)('the packages %s and %s', (wrapper, server, wrapperVersion, version) => {
  const wrapperFile = require.resolve(wrapper)
  const folder = path.dirname(createRequire(wrapperFile).resolve(server))
  const library = readdirSync(path.join(folder, 'lib'), { recursive: true, encoding: 'utf8' })
  const files = library.filter((file) => file.endsWith('.js')).map((file) => `lib/${file}`)

  /** Returns the names that a pattern finds in files of the server and in the wrapper. */
  function namesIn(chosen: string[], pattern: RegExp): string[] {
    const all = [...chosen.map((file) => path.join(folder, file)), wrapperFile]
    const found = all.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(pattern)])
    return [...new Set(found.map(([, name]) => name!))].toSorted()
  }

  it('are those that were measured', () => {
    const { version: actual } = require(path.join(folder, 'package.json')) as { version: string }
    const { version: ofWrapper } = require(
      path.join(path.dirname(wrapperFile), 'package.json'),
    ) as {
      version: string
    }
    expect([ofWrapper, actual]).toEqual([wrapperVersion, version])
  })

  it('call no function of a model that the guide does not name', () => {
    const functions = namesIn(files, /(?:this|options)\.model\.(\w+)/g)
    expect(functions.length).toBeGreaterThan(12)
    const named = codeIn('### What replaces your model')
    expect(functions.filter((name) => !named.has(name))).toEqual([])
  })

  it('have no option that the guide does not name', () => {
    const reading = files.filter((file) => /^lib.(handlers|server)/.test(file))
    const options = namesIn(reading, /\boptions\.(\w+)/g)
    expect(options.length).toBeGreaterThan(12)
    const named = codeIn('## 3. Use our server')
    expect(options.filter((name) => !named.has(name))).toEqual([])
  })
})

describe('the programs of the guide', () => {
  it.each(programsOf(document).map((program) => [program.name, program] as const))(
    '%s: prints a curl command that gets a token, with which another one gets the secret area',
    async (_name, program) => {
      using place = programFolder()
      await using running = new Running(writeProgram(program, place.folder), place.folder)
      const TOKEN = await running.token()
      const [use] = curlsOf(document)
      expect(await running.curl(use!, { TOKEN })).toBe('Secret area')
      expect((await fetch(await running.url())).status).toBe(401)
    },
  )
})

describe('the change for express-oauth-server 2', () => {
  it('is the one with which this repository measures it', () => {
    const [, written = ''] = /```json\n(.*?)```/s.exec(section('### express-oauth-server 2'))!
    const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(manifest).toMatchObject(JSON.parse(written) as object)
  })

  it.each([
    ['oauth2-server3.0', '3.0.0', 0],
    ['express-oauth-server', '3.1.1', 1],
  ])('is needed: %s, version %s, calls validateScope', async (from, _version, calls) => {
    const file = require.resolve(from)
    const name = from === 'oauth2-server3.0' ? from : createRequire(file).resolve('oauth2-server')
    const OAuth2Server = jest.requireActual<OAuth2ServerClass>(name)
    const validateScope = jest.fn((_user: object, _client: object, scope: string) => scope)
    const model = { ...plainModel('string', { ...untouched }), validateScope }
    const request = new OAuth2Server.Request({
      headers: {},
      method: 'GET',
      query: {
        response_type: 'code',
        client_id: album.id,
        state: 'xyz',
        scope: 'admin',
      },
    })
    const response = new OAuth2Server.Response({ headers: {} })
    const code = await new OAuth2Server({ model }).authorize(request, response, {
      authenticateHandler: { handle: () => ada },
    })
    expect([code.scope, validateScope.mock.calls.length]).toEqual(['admin', calls])
  })
})
