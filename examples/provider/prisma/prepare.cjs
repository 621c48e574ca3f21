'use strict'
// Makes what STORE=prisma needs, for the kind of database that DATABASE_URL names: the store's models beside
// the schema and a client of them ("generate"), and the tables ("tables"). In an application these are steps
// of its build and of its deployment.
//   node prisma/prepare.cjs [generate | tables]
const { execFileSync } = require('node:child_process')
const { readFileSync } = require('node:fs')
const path = require('node:path')

const url = process.env.DATABASE_URL || 'file:provider.db'
const provider = /^postgres(ql)?:/.test(url) ? 'postgresql' : 'sqlite'
const root = path.resolve(__dirname, '..')
const folder = path.join(__dirname, provider)

async function prepare(step) {
  if (step !== 'tables') generate()
  if (step !== 'generate') await { sqlite, postgresql }[provider](tables())
}

function generate() {
  const { init } = require('@oauth2-kit/prisma')
  if (init(['--schema', folder], { cwd: root, print: () => {} }) !== 0) {
    throw new Error('The models of the store could not be copied')
  }
  run('prisma', 'prisma', ['generate', '--schema', folder])
  run('typescript', 'tsc', ['-b', root])
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

function tables() {
  return readFileSync(path.join(folder, 'oauth.sql'), 'utf8')
}

async function sqlite(sql) {
  const database = require('@libsql/client').createClient({ url })
  const found = await database.execute(
    "SELECT name FROM sqlite_master WHERE name = 'oauth_credentials'",
  )
  if (found.rows.length === 0) await database.executeMultiple(sql)
  database.close()
}

async function postgresql(sql) {
  const { Client } = require('pg')
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  await client.connect()
  try {
    const { rows } = await client.query("SELECT to_regclass('oauth_credentials') AS found")
    // Several statements in one query: all of them or none.
    if (rows[0].found === null) await client.query(sql)
  } finally {
    await client.end()
  }
}

if (process.env.STORE === 'prisma') {
  prepare(process.argv[2]).catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
