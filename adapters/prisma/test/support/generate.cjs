'use strict'
// Generates the Prisma clients of the tests from the fragments that are shipped: `node generate.cjs`.
// They are made anew where a fragment or Prisma has changed, and whole or not at all, so that
// processes may do this at once.
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
  // What check() or the factory must find.
  emulated: {
    provider: 'mysql',
    datasource: 'relationMode = "prisma"',
    // Prisma takes no cycle of references that it would have to follow.
    change: (text) => text.replace(/onDelete: \w+/g, 'onDelete: NoAction'),
  },
  lacking: {
    provider: 'sqlite',
    change: (text) =>
      text
        .replace(/^ {2}ordinal .*$/m, '  place Int @map("ordinal")')
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

/** Puts a folder in its place; where another process was quicker, that one's stays. */
function put(folder, target, aside) {
  if (existsSync(target)) renameSync(target, aside)
  try {
    renameSync(folder, target)
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  }
}

/** The rest of an application's schema. */
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

/** The same models by other names, on other tables. */
function renamed(fragment) {
  return fragment
    .replaceAll('OAuthCredential', 'ApiGrant')
    .replaceAll('OAuthClient', 'ApiApp')
    .replaceAll('OAuthUser', 'ApiPerson')
    .replaceAll('OAuthRecord', 'ApiRecord')
    .replaceAll('"OAuth', '"Api')
    .replaceAll('"oauth_', '"api_')
}

module.exports = { generate }

if (require.main === module) {
  generate().catch((error) => {
    process.stderr.write(`${error.stderr ?? error.stack}\n`)
    process.exitCode = 1
  })
}
