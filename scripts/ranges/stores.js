'use strict'
const { execFile } = require('node:child_process')
const { copyFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const root = path.resolve(__dirname, '../..')

/**
 * The stores, by the names of their folders: the peers whose ranges are tested, the databases, what
 * else is installed, and what is done before the suite runs.
 */
module.exports = {
  redis: { peers: ['ioredis'], databases: ['redis', 'redis-cluster'] },
  mongo: { peers: ['mongodb', 'mongoose'], databases: ['mongodb', 'mongodb-replica'] },
  sql: {
    peers: [
      'pg',
      'postgres',
      'mysql2',
      'mariadb',
      '@libsql/client',
      'drizzle-orm',
      'kysely',
      'knex',
    ],
    databases: {
      pg: ['postgres'],
      postgres: ['postgres'],
      mysql2: ['mariadb'],
      mariadb: ['mariadb'],
      '@libsql/client': ['sqlite'],
      'drizzle-orm': ['postgres'],
      kysely: ['postgres'],
      knex: ['postgres'],
    },
    // The query builders run on pg.
    also: () => developedWith('sql', ['pg']),
  },
  typeorm: {
    peers: ['typeorm'],
    databases: ['postgres', 'mariadb', 'sqlite'],
    also: () => developedWith('typeorm', ['pg', 'mysql2', 'libsql']),
  },
  prisma: {
    peers: ['@prisma/client'],
    databases: ['postgres', 'mariadb'],
    // The parts of Prisma have the same version, but not each of them has every patch release.
    also: (version) => ({
      prisma: version,
      '@prisma/adapter-pg': version,
      '@prisma/adapter-mariadb': `~${version}`,
    }),
    prepare: generateClients,
  },
}

/** Returns the versions with which a store is developed. */
function developedWith(name, packages) {
  const text = readFileSync(path.join(root, 'adapters', name, 'package.json'), 'utf8')
  const { devDependencies } = JSON.parse(text)
  return Object.fromEntries(packages.map((one) => [one, devDependencies[one]]))
}

/** Generates a Prisma client for each database, as JavaScript. */
async function generateClients(folder, version) {
  for (const [database, provider] of [
    ['postgres', 'postgresql'],
    ['mariadb', 'mysql'],
  ]) {
    const schema = path.join(folder, database, 'schema')
    mkdirSync(schema, { recursive: true })
    const fragment = path.join(root, 'adapters/prisma/prisma', provider)
    copyFileSync(path.join(fragment, 'oauth.prisma'), path.join(schema, 'oauth.prisma'))
    copyFileSync(path.join(fragment, 'oauth.sql'), path.join(folder, database, 'oauth.sql'))
    writeFileSync(path.join(schema, 'app.prisma'), appOf(provider, version))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [path.join(folder, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema],
      {
        cwd: folder,
        env: {
          ...process.env,
          CHECKPOINT_DISABLE: '1',
          // Generating needs no engine, but looks for one: any file will do.
          PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
          PRISMA_QUERY_ENGINE_LIBRARY: process.env.PRISMA_QUERY_ENGINE_LIBRARY ?? process.execPath,
        },
      },
    )
    if (!stdout.includes('Generated')) throw new Error(stdout)
  }
}

/** The older generator makes JavaScript, so that nothing has to be compiled. */
function appOf(provider, version) {
  // Prisma 7 refuses a URL here, and Prisma 6 requires one.
  const url = version.startsWith('6.') ? 'url = "unused"' : ''
  return `generator client {
  provider   = "prisma-client-js"
  output     = "../client"
  engineType = "client"
}

datasource db {
  provider = "${provider}"
  ${url}
}
`
}
