'use strict'
// Makes what STORE=prisma needs: the store's models beside the schema, a client of them, and the tables
// in the file that DATABASE_URL names. In an application these are the steps of its deployment.
const { execFileSync } = require('node:child_process')
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { createClient } = require('@libsql/client')
const { init } = require('@oauth2-kit/prisma')

const url = process.env.DATABASE_URL || 'file:provider.db'
const root = path.resolve(__dirname, '..')

async function prepare() {
  if (init(['--schema', __dirname], { cwd: root, print: () => {} }) !== 0) return 1
  run('prisma', 'prisma', ['generate', '--schema', __dirname])
  run('typescript', 'tsc', ['-b', root])
  const database = createClient({ url })
  const tables = await database.execute(
    "SELECT name FROM sqlite_master WHERE name = 'oauth_credentials'",
  )
  if (tables.rows.length === 0) {
    await database.executeMultiple(readFileSync(path.join(__dirname, 'oauth.sql'), 'utf8'))
  }
  database.close()
  return 0
}

/** Runs a command of a package, and says no more than it must. */
function run(name, command, args) {
  const manifest = require.resolve(`${name}/package.json`)
  const script = path.join(path.dirname(manifest), require(manifest).bin[command])
  execFileSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

if (process.env.STORE === 'prisma') {
  prepare().then(
    (code) => (process.exitCode = code),
    (error) => {
      console.error(error.message)
      process.exitCode = 1
    },
  )
}
