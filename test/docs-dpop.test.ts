import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import oauthserver, { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import { Running, programFolder, programsOf, writeProgram } from './support/programs'

const [program] = programsOf('docs/dpop.md')
const grants = ['client_credentials']

describe('docs/dpop.md', () => {
  it.each([
    ['without nonces', true],
    ['with nonces', { nonceSecret: 'n'.repeat(32) }],
  ] as const)('%s, the program gets a bound token and uses it', async (_what, dpop) => {
    const app = express()
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const ISSUER = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const store = memoryStore()
    const { client, secret } = await createClient(store, { grantTypes: grants })
    const oauth = oauthserver({ store, issuer: ISSUER, grants, dpop })
    app.use(oauth.router())
    app.get('/api', oauth.authorise({ dpop: 'required' }), (_req, res) => {
      res.send('Secret area')
    })
    try {
      using place = programFolder()
      const file = writeProgram(program!, place.folder)
      const API = `${ISSUER}/api`
      const environment = { ISSUER, API, CLIENT_ID: client.id, CLIENT_SECRET: secret! }
      await using running = new Running(file, place.folder, environment)
      await running.ended()
      expect(running.output.trim()).toBe('dpop 200 Secret area')
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
