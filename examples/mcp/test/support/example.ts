import { once } from 'node:events'
import { type Server, createServer, request as requestTo } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { memoryLimiter } from '@oauth2-kit/limiter'
import express, { Router } from 'express'
import { readConfig } from '../../../provider/src/config'
import { saveDemoData } from '../../../provider/src/demo/demo'
import { signingKeys } from '../../../provider/src/demo/keys'
import { settingOf } from '../../../provider/src/demo/setting'
import { provide } from '../../../provider/src/provider/app'
import { limits } from '../../../provider/src/provider/security/rate-limit'
import type { OpenStore, Setting } from '../../../provider/src/provider/setting'
import { openStore } from '../../../provider/src/stores'
import { signIn } from '../../../provider/test/support/flow'
import { Visitor } from '../../../provider/test/support/visitor'
import { mcpSetting } from '../../src/mcp/mcp'
import { noteScopes } from '../../src/mcp/notes'

const host = '127.0.0.1'

/** The example, on one address. */
export interface Example extends AsyncDisposable {
  url: string
  opened: OpenStore
  /** How often each instance was asked. */
  requests: number[]
  /** Ends the instance at that place, and starts another one. */
  restart: (at: number) => Promise<void>
}

/** Changes settings of the example. */
export type Changes = (setting: Setting) => Partial<Setting>

export interface ExampleOptions {
  /** @default 1 */
  instances?: number
  changes?: Changes
  /** Changes the metadata of the authorization server on its way to the client. */
  metadata?: (metadata: Record<string, unknown>) => object
}

/**
 * Starts instances of the example in this process, each with its own connections to the store, behind
 * one address that asks them in turn.
 */
export async function startExample(
  environment: Record<string, string> = {},
  { instances = 1, changes = () => ({}), metadata }: ExampleOptions = {},
): Promise<Example> {
  const running: Instance[] = []
  const requests: number[] = []
  const front = createServer((incoming, response) => {
    const at = requests.reduce((sum, count) => sum + count, 0) % running.length
    requests[at] = (requests[at] ?? 0) + 1
    const { method, url: path } = incoming
    const headers = { ...incoming.headers, connection: 'close' }
    const { port } = running[at]!
    const outgoing = requestTo({ port, host, agent: false, method, headers, path }, (answer) => {
      if (metadata && path?.startsWith('/.well-known/oauth-authorization-server')) {
        void json(answer).then((body) => response.end(JSON.stringify(metadata(body as Body))))
        response.setHeader('Content-Type', 'application/json')
        return
      }
      response.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  const url = `http://localhost:${await listening(front, 'localhost')}`
  const start = () => startInstance(environment, url, changes)
  for (let at = 0; at < instances; at++) running.push(await start())
  requests.push(...running.map(() => 0))
  return {
    url,
    requests,
    opened: running[0]!.opened,
    async restart(at) {
      await running[at]!.stop()
      running[at] = await start()
    },
    async [Symbol.asyncDispose]() {
      front.closeAllConnections()
      await new Promise((resolve) => front.close(resolve))
      for (const instance of running) await instance.stop()
    },
  }
}

type Body = Record<string, unknown>

interface Instance {
  port: number
  opened: OpenStore
  stop(): Promise<void>
}

async function startInstance(
  environment: Record<string, string>,
  issuer: string,
  changes: Changes,
): Promise<Instance> {
  // All instances sign their cookies with the same secret.
  const config = readConfig({ SESSION_SECRET: 'x'.repeat(32), STORE_TIMEOUT: '60', ...environment })
  const opened = await openStore(config)
  await saveDemoData(opened.store, config.demo)
  const keys = await signingKeys(config.keysFile)
  const { store, limiter = memoryLimiter(limits) } = opened
  const demoSetting = settingOf(config, { issuer, store, keys, limiter })
  const scopes = { ...demoSetting.scopes, ...noteScopes }
  const setting: Setting = { ...demoSetting, ...mcpSetting(issuer).setting, scopes }
  const app = express()
  const server = createServer(app)
  const port = await listening(server, host)
  provide(app, { ...setting, ...changes(setting) }, Router())
  return {
    port,
    opened,
    async stop() {
      // Waits for the requests that are under way.
      await new Promise((resolve) => server.close(resolve))
      await opened.close()
    },
  }
}

/** Ends all that the demo user has allowed, on the page of the applications. */
export async function revokeAll({ url }: Example): Promise<void> {
  const visitor = new Visitor(url)
  const page = await signIn(visitor, '/apps')
  // The last form of the page revokes all.
  await visitor.submit(page, {})
}

async function listening(server: Server, host: string): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
