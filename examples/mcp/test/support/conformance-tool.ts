import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../../../test/support/free-port'
import { answering } from './answering'
import { type Example, type ExampleOptions, startExample } from './example'

// The tool calls what Node has since 22.
const { binaryOf } = jest.requireActual<{ binaryOf: (major: number) => string }>(
  '../../../../scripts/node-binary',
)
const tool = path.join(
  path.dirname(require.resolve('@modelcontextprotocol/conformance/package.json')),
  'dist/index.js',
)

/** A check of the tool, and its outcome. */
export interface Check {
  id: string
  status: string
}

/** What the tool reports about a server that has all that it checks. */
export const passed: Check[] = [
  { id: 'authorization-code-grant', status: 'SUCCESS' },
  { id: 'authorization-server-metadata', status: 'SUCCESS' },
  { id: 'authorization-server-metadata-cimd', status: 'SUCCESS' },
]

interface ToolOptions extends ExampleOptions {
  /** Settings of the example. */
  environment?: Record<string, string>
  /** Called before the user answers. */
  meanwhile?: (example: Example) => Promise<void>
}

/**
 * Runs the scenarios of `@modelcontextprotocol/conformance` for authorization servers against the
 * example, and resolves with their checks, sorted.
 */
export async function checksOf(client: string[], options: ToolOptions = {}): Promise<Check[]> {
  const { environment, meanwhile, ...others } = options
  const port = String(await freePort())
  const DEMO_REDIRECT_URI = `http://127.0.0.1:${port}/callback`
  await using example = await startExample({ ...environment, DEMO_REDIRECT_URI }, others)
  const answer = answering(example.url)
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-mcp-'))
  try {
    const target = ['authorization', '--url', example.url, '--port', port, '-o', folder]
    const child = spawn(binaryOf(22), [tool, ...target, ...client], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(child, 'close')
    for await (const line of createInterface(child.stdout)) {
      if (!line.startsWith(`${example.url}/oauth/authorize?`)) continue
      await meanwhile?.(example)
      // The tool listens at the redirect URI.
      await fetch(await answer(new URL(line)))
    }
    expect(await closed).toEqual([0, null])
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('checks.json'))
      .flatMap((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Check[])
      .map(({ id, status }) => ({ id, status }))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
