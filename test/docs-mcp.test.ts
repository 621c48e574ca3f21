import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Memory } from '../cli/templates/mcp/test/mcp-client'
import { ClientProgram } from '../examples/clients/test/support/client-program'
import { answering } from '../examples/mcp/test/support/answering'
import { startExample } from '../examples/mcp/test/support/example'
import { McpUser, sdks } from '../examples/mcp/test/support/sdks'
import { freePort } from './support/free-port'
import { Running, programFolder, programsOf, root, writeProgram } from './support/programs'

const document = 'docs/mcp.md'
const text = readFileSync(path.join(root, document), 'utf8')
const [, block = ''] = /^```sh init\n(.*?)^```$/ms.exec(text) ?? []
const commands = block.trim().split('\n')
const [call, elsewhere] = programsOf(document)
/** The clients that the documents register, on the store of the project. */
const registering = [document, 'docs/mcp-clients.md'].flatMap((file) =>
  Array.from(
    readFileSync(path.join(root, file), 'utf8').matchAll(/^npx oauth2-kit client create .*$/gm),
    ([command]) => command,
  ),
)
const ada = { username: 'ada', password: 'a long password' }

/** Runs the commands of the documents, and returns the folder of the project. */
function writtenIn(parent: string): string {
  // Replaces what would ask the registry.
  const stand = [
    `npx() { shift; "${process.execPath}" "${path.join(root, 'cli/dist/main.js')}" "$@"; }`,
    `npm() { if [ "$1" = install ]; then ln -s "${path.join(root, 'node_modules')}" .; else command npm "$@"; fi; }`,
  ]
  const lines = [...commands.slice(0, -1), ...registering]
  const script = ['set -e', ...stand, ...lines].join('\n')
  const { status, stderr } = spawnSync('bash', ['-c', script], { cwd: parent, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return path.join(parent, 'notes')
}

describe('docs/mcp.md', () => {
  it('call.mts: registers itself at the written project, and calls its tools', async () => {
    const parent = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-docs-mcp-'))
    try {
      const folder = writtenIn(parent)
      expect(commands.at(-1)).toBe('npm start')
      expect(registering).toHaveLength(2)
      const PORT = String(await freePort())
      const issuer = `http://localhost:${PORT}`
      const main = path.join(folder, 'dist/server.js')
      await using server = new ClientProgram(main, { PORT, ISSUER: issuer })
      await server.printed(/^Listening on /m)
      const file = writeProgram(call!, folder)
      await using client = new Running(file, folder, { MCP_URL: `${issuer}/mcp` })
      const answer = answering(issuer, ada)
      for (const scope of ['notes%3Aread', 'notes%3Aread\\+notes%3Awrite']) {
        const [, url = ''] = await client.printed(
          new RegExp(`^Open (\\S+[?&]scope=${scope}(?:&\\S*)?)$`, 'm'),
        )
        const { pathname, search } = await answer(new URL(url))
        // The program listens on another port than the one in its redirect URI.
        await fetch(new URL(pathname + search, await client.url()))
      }
      expect(await client.ended()).toBe(0)
      const texts = [...client.output.matchAll(/text: '(.*)'/g)].map(([, text]) => text)
      expect(texts).toEqual(['There are no notes.', 'Added: Buy milk', 'Buy milk'])
    } finally {
      rmSync(parent, { recursive: true })
    }
  })

  it('notes-elsewhere.mts: accepts only tokens of the provider for itself', async () => {
    using place = programFolder()
    const PORT = String(await freePort())
    const resource = `http://localhost:${PORT}/mcp`
    await using provider = await startExample(
      { ACCESS_TOKEN_FORMAT: 'jwt' },
      { changes: ({ resources = [] }) => ({ resources: [...resources, resource] }) },
    )
    const file = writeProgram(elsewhere!, place.folder)
    await using server = new ClientProgram(file, { PORT, ISSUER: provider.url })
    await server.printed(/^Listening on /m)
    const user = (url: string) =>
      new McpUser(
        sdks['version 2'],
        new URL(url),
        new Memory('http://127.0.0.1:4000/callback'),
        answering(provider.url),
      )
    const mine = user(resource)
    expect(await mine.call('whose-notes')).toMatch(/^Notes of [0-9a-f]{32}$/)
    const other = user(`${provider.url}/mcp`)
    await other.call('list-notes')
    const statusFor = async ({ memory }: McpUser) => {
      const response = await fetch(resource, {
        method: 'POST',
        headers: {
          Accept: 'application/json, text/event-stream',
          Authorization: `Bearer ${memory.tokens()!.access_token}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      })
      return response.status
    }
    expect(await statusFor(other)).toBe(401)
    expect(await statusFor(mine)).toBe(200)
  })

  it('has programs that pass the type check', () => {
    using place = programFolder()
    for (const { name, code } of [call!, elsewhere!])
      writeFileSync(path.join(place.folder, name), code)
    const config = { extends: path.join(root, 'tsconfig.test.json'), include: ['*.mts'] }
    writeFileSync(path.join(place.folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = path.join(root, 'node_modules/.bin/tsc')
    const { stdout } = spawnSync(tsc, ['-p', place.folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})
