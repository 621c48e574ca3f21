'use strict'
// Generates the provider's Prisma client for each database, as the provider does when it starts.
const { execFileSync } = require('node:child_process')
const { existsSync } = require('node:fs')
const path = require('node:path')

const provider = path.dirname(require.resolve('@oauth2-kit/example-provider/package.json'))
const urls = { sqlite: 'file:unused.db', postgresql: 'postgres://localhost/unused' }

for (const [name, url] of Object.entries(urls)) {
  if (existsSync(path.join(provider, 'dist/generated', name))) continue
  execFileSync(process.execPath, [path.join(provider, 'prisma/prepare.cjs'), 'generate'], {
    stdio: 'inherit',
    // Generating needs no engine, but Prisma would download one: any existing file prevents that.
    env: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      ...process.env,
      STORE: 'prisma',
      DATABASE_URL: url,
    },
  })
}
