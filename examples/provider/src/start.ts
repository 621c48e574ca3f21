import { createServer } from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import express from 'express'
import { readConfig } from './config.js'
import { saveDemoData } from './demo/demo.js'
import { signingKeys } from './demo/keys.js'
import { settingOf } from './demo/setting.js'
import { startPage } from './demo/start.js'
import { saveAdmin } from './demo/users.js'
import { provide } from './provider/app.js'
import { listen, stopOnSignal } from './provider/listening.js'
import { limits } from './provider/security/rate-limit.js'
import type { Setting } from './provider/setting.js'
import { openStore } from './stores/index.js'

/** Adds to the settings of the demo provider, or changes them. */
export type Changes = (setting: Setting) => Partial<Setting>

/** Starts the demo provider with the settings from the environment, and prints where it listens. */
export async function start(changes: Changes = () => ({})): Promise<void> {
  const config = readConfig(process.env)
  const { store, limiter = memoryLimiter(limits), close } = await openStore(config)
  await saveDemoData(store, config.demo)
  const keys = await signingKeys(config.keysFile)
  if (config.admin) await saveAdmin(store, config.admin)
  const app = express()
  const server = createServer(app)
  const port = await listen(server, config.port)
  const here = `http://localhost:${port}`
  const issuer = config.issuer ?? here
  const services = { issuer, store, keys, limiter: config.rateLimit ? limiter : undefined }
  // No request can arrive before this line: nothing was awaited since the port opened.
  const setting = settingOf(config, services)
  provide(app, { ...setting, ...changes(setting) }, startPage(config, issuer))
  stopOnSignal(server, close)
  console.log(`Listening on ${here}`)
  if (issuer !== here) console.log(`Issuer: ${issuer}`)
  if (config.accessTokenFormat === 'jwt' && config.keysFile === undefined)
    console.log(
      'The signing key is in memory: signed tokens end with this process, or set KEYS_FILE',
    )
}
