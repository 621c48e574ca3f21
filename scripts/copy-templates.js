'use strict'
// Copies what `oauth2-kit init` writes but what has its source elsewhere: the pages and the security of
// the example provider, the MCP server of its example, and the models and tables of @oauth2-kit/prisma.
const { cpSync, rmSync } = require('node:fs')
const path = require('node:path')
const { root } = require('./packages')

const templates = path.join(root, 'cli/dist/templates')
const example = path.join(root, 'examples/provider')
const demo = path.join(example, 'views/demo')
/** The databases of `init`, and what Prisma calls them. */
const providers = { postgres: 'postgresql', mariadb: 'mysql', sqlite: 'sqlite' }

rmSync(templates, { recursive: true, force: true })
copy(path.join(example, 'src/provider'), 'provider/src')
copy(path.join(example, 'public'), 'provider/public')
copy(path.join(example, 'views'), 'provider/views', { filter: (file) => file !== demo })
copy(path.join(root, 'examples/mcp/src/mcp'), 'mcp/src/mcp')
for (const [database, provider] of Object.entries(providers)) {
  const from = path.join(root, 'adapters/prisma/prisma', provider)
  const to = `pairs/prisma-${database}/prisma`
  copy(path.join(from, 'oauth.prisma'), `${to}/oauth.prisma`)
  copy(path.join(from, 'oauth.sql'), `${to}/migrations/0_oauth/migration.sql`)
}

function copy(from, to, options) {
  cpSync(from, path.join(templates, to), { recursive: true, ...options })
}
