'use strict'
// Generates the Prisma clients of the tests from the shipped fragments: `node generate.cjs`.
// A client is generated again if a fragment or Prisma has changed, and moved into place once it is
// complete, so that several processes can do this at the same time.
const { execFile } = require('node:child_process')
const { createHash } = require('node:crypto')
const {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const fragments = path.resolve(__dirname, '../../prisma')
const generated = path.resolve(__dirname, '../generated')
const prisma = path.join(path.dirname(require.resolve('prisma/package.json')), 'build/index.js')

/** The clients by the names of their folders. */
const clients = {
  postgresql: { provider: 'postgresql' },
  mysql: { provider: 'mysql' },
  sqlite: { provider: 'sqlite' },
  // Clients with problems that check() or the factory must report.
  emulated: {
    provider: 'mysql',
    datasource: 'relationMode = "prisma"',
    // Prisma rejects cycles of references with other actions.
    change: (text) => text.replace(/onDelete: \w+/g, 'onDelete: NoAction'),
  },
  lacking: {
    provider: 'sqlite',
    change: (text) =>
      text
        .replace(/^ {2}ordinal .*$/m, '  place Int @default(0) @map("ordinal")')
        .replace(', ordinal]', ', place]'),
  },
}

/** Generates what is missing or out of date. */
async function generate() {
  mkdirSync(generated, { recursive: true })
  await Promise.all(Object.entries(clients).map(([name, client]) => generateOne(name, client)))
}

async function generateOne(name, { provider, datasource = '', change = (text) => text }) {
  const fragment = change(readFileSync(path.join(fragments, provider, 'oauth.prisma'), 'utf8'))
  const { version } = require('prisma/package.json')
  const schema = {
    'app.prisma': appOf(provider, datasource),
    'oauth.prisma': fragment,
    'renamed.prisma': renamed(fragment),
  }
  const stamp = createHash('sha256')
    .update(JSON.stringify([version, schema]))
    .digest('hex')
  const target = path.join(generated, name)
  if (existsSync(target) && readFileSync(path.join(target, '.stamp'), 'utf8') === stamp) return
  const work = mkdtempSync(path.join(generated, '.work-'))
  try {
    mkdirSync(path.join(work, 'schema'))
    for (const [file, text] of Object.entries(schema))
      writeFileSync(path.join(work, 'schema', file), text)
    await promisify(execFile)(
      process.execPath,
      [prisma, 'generate', '--schema', path.join(work, 'schema')],
      {
        cwd: work,
        env: {
          ...process.env,
          CHECKPOINT_DISABLE: '1',
          // Generating needs no engine, but looks for one, and would download it: any file will do.
          PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        },
      },
    )
    writeFileSync(path.join(work, 'client/.stamp'), stamp)
    put(path.join(work, 'client'), target, path.join(work, 'before'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Moves a folder into place. If another process was first, its folder stays. */
function put(folder, target, aside) {
  if (existsSync(target)) renameSync(target, aside)
  try {
    renameSync(folder, target)
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  }
}

/** Returns the rest of an application's schema. */
function appOf(provider, datasource) {
  return `generator client {
  provider            = "prisma-client"
  output              = "../client"
  moduleFormat        = "cjs"
  importFileExtension = ""
}

datasource db {
  provider = "${provider}"
  ${datasource}
}

model Album {
  id    Int    @id @default(autoincrement())
  title String
}
`
}

/** Returns the same models with other names, on other tables. */
function renamed(fragment) {
  return fragment
    .replaceAll('OAuthCredential', 'ApiGrant')
    .replaceAll('OAuthClient', 'ApiApp')
    .replaceAll('OAuthUser', 'ApiPerson')
    .replaceAll('OAuthRecord', 'ApiRecord')
    .replaceAll('"OAuth', '"Api')
    .replaceAll('"oauth_', '"api_')
    .replaceAll('_oauth_', '_api_')
}

module.exports = { generate }

if (require.main === module) {
  generate().catch((error) => {
    process.stderr.write(`${error.stderr ?? error.stack}\n`)
    process.exitCode = 1
  })
}
