'use strict'
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { prismaStore } = require('@oauth2-kit/prisma')

const { RANGE_URL } = process.env
const database = RANGE_URL.startsWith('mysql:') ? 'mariadb' : 'postgres'
const made = new Map()

exports.url = RANGE_URL
exports.deadline = 30_000

exports.create = async ({ url = RANGE_URL, namespace }) => {
  const ready = made.get(namespace) ?? makeTables(namespace)
  made.set(namespace, ready)
  await ready
  const client = clientFor(url, namespace)
  return { store: prismaStore(client), close: () => client.$disconnect() }
}

function clientFor(url, namespace) {
  const { PrismaClient } = require(`./${database}/client`)
  return new PrismaClient({ adapter: adapterFor(url, namespace), errorFormat: 'minimal' })
}

function adapterFor(url, namespace) {
  if (database === 'postgres') {
    const { PrismaPg } = require('@prisma/adapter-pg')
    const options = { connectionString: url, max: 4, query_timeout: 10_000 }
    return new PrismaPg(options, { schema: namespace })
  }
  const { PrismaMariaDb } = require('@prisma/adapter-mariadb')
  const { hostname: host, port, username, password, pathname } = new URL(url)
  return new PrismaMariaDb({
    host,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: `${pathname.slice(1)}_${namespace}`,
    connectionLimit: 4,
    collation: 'UTF8MB4_UNICODE_CI',
  })
}

/** Creates the tables of a namespace. Another process may do the same at the same time. */
async function makeTables(namespace) {
  const ddl = readFileSync(path.join(__dirname, database, 'oauth.sql'), 'utf8')
  try {
    await (database === 'postgres' ? onPostgres : onMariadb)(namespace, ddl)
  } catch (error) {
    if (!/exists/.test(error.message)) throw error
  }
}

async function onPostgres(namespace, ddl) {
  const { Client } = require('pg')
  const client = new Client({ connectionString: RANGE_URL })
  await client.connect()
  const sql = `CREATE SCHEMA ${namespace}; SET search_path TO ${namespace}; ${ddl}`
  await client.query(sql).finally(() => client.end())
}

async function onMariadb(namespace, ddl) {
  const { createPool } = require('mariadb')
  const url = RANGE_URL.replace(/^mysql/, 'mariadb')
  const pool = createPool(`${url}?multipleStatements=true&connectionLimit=1`)
  const name = `${new URL(RANGE_URL).pathname.slice(1)}_${namespace}`
  await pool.query(`CREATE DATABASE ${name}; USE ${name}; ${ddl}`).finally(() => pool.end())
}
