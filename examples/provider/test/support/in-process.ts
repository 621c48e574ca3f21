import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryStore } from '@oauth2-kit/memory'
import express, { Router } from 'express'
import { readConfig } from '../../src/config'
import { settingOf } from '../../src/demo/setting'
import { provide } from '../../src/provider/app'
import type { Setting } from '../../src/provider/setting'
import { Visitor } from './visitor'

/** An entry of a provider's log. */
export interface Entry {
  level: 'warn' | 'error'
  details: { stack?: string }
  message: string
}

/** A provider in this process. */
export interface InProcess extends AsyncDisposable {
  url: string
  server: Server
  log: Entry[]
  visitor: Visitor
}

/** The settings of the demo provider, on a new store in memory. */
export function demoSetting(): Setting {
  return settingOf(readConfig({}), { issuer: 'http://localhost:3000', store: memoryStore() })
}

/** Starts a provider with these settings on a free port, and collects its log. */
export async function startInProcess(setting: Setting): Promise<InProcess> {
  const log: Entry[] = []
  const app = express()
  const server = createServer(app).listen(0, 'localhost')
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const add = (level: Entry['level']) => (details: object, message: string) => {
    log.push({ level, details, message })
  }
  provide(app, { ...setting, log: { warn: add('warn'), error: add('error') } }, Router())
  return {
    url,
    server,
    log,
    visitor: new Visitor(url),
    [Symbol.asyncDispose]: () => closed(server),
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
