import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { keepsItsPromises } from './support/provider'

// Not part of `npm test`, because Next.js is large: npm run test:next

const folder = path.resolve(__dirname, '../nextjs')
const next = path.join(folder, 'node_modules/next/dist/bin/next')
const env: NodeJS.ProcessEnv = {
  ...process.env,
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
}

describe('the provider on Next.js', () => {
  let server: ChildProcess
  let url: string

  beforeAll(async () => {
    const build = spawnSync(process.execPath, [next, 'build'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    if (build.status !== 0) throw new Error(`next build failed:\n${build.stdout}${build.stderr}`)
    server = spawn(process.execPath, [next, 'start', '--port', '0'], { cwd: folder, env })
    url = await urlOf(server)
  })
  afterAll(async () => {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  })

  keepsItsPromises(async () => ({
    server: url,
    client: { id: 'demo-web' },
    secret: 'demo-web-secret',
  }))
})

/** Resolves with the URL at which Next.js listens, once it is ready. */
async function urlOf(server: ChildProcess): Promise<string> {
  let output = ''
  server.stderr?.on('data', (text) => (output += text))
  for await (const text of server.stdout ?? []) {
    output += text
    const [, url] = /(http:\/\/localhost:[1-9]\d*)[^]*Ready/.exec(output) ?? []
    if (url) return url
  }
  throw new Error(`next start failed:\n${output}`)
}
