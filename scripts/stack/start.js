'use strict'
const path = require('node:path')
const { parse } = require('yaml')
const { startProgram } = require('./program')
const { assertFree, onThisHost } = require('./ports')

const root = path.resolve(__dirname, '../..')

/**
 * Starts what the compose file names: a service with an image as a container, a service that is built as a
 * program on this host. Gives promises: `started`, of a line about each program, and `ended`, which rejects
 * when a program has ended that should not.
 */
function startStack(compose, signal) {
  const programs = []
  let fail
  const ended = new Promise((_, reject) => (fail = reject))
  // It may come before somebody waits for it.
  ended.catch(() => {})

  async function start() {
    const { services } = parse(await compose.read('config'))
    const built = inOrder(services).filter((name) => services[name].build)
    await Promise.all(built.map((name) => assertFree(name, services[name])))
    const databases = Object.keys(services).filter((name) => !services[name].build)
    await compose.up(...databases)
    const environments = await onThisHost(services, compose)
    await prepare(environments.provider)
    const lines = []
    for (const name of built) {
      signal.throwIfAborted()
      const program = startProgram(name, services[name].command, {
        cwd: root,
        env: { ...process.env, ...environments[name] },
      })
      programs.push(program)
      // oxlint-disable-next-line no-await-in-loop -- one needs the other
      const url = await (services[name].ports ? program.url : program.done)
      if (!url) continue
      program.done.then(() => fail(new Error(`${name} has ended`)), fail)
      lines.push(`  ${name.padEnd(10)}${url}`)
    }
    return lines
  }

  async function stop() {
    await Promise.all(programs.map((program) => program.stop()))
  }

  return { started: start(), ended, stop }
}

/** What the image is built with, too: Prisma's client, for a provider that has it. */
async function prepare(environment) {
  const command = ['node', 'examples/provider/prisma/prepare.cjs', 'generate']
  await startProgram('prisma', command, { cwd: root, env: { ...process.env, ...environment } }).done
}

/** The names of the services, each after those that it depends on. */
function inOrder(services) {
  const names = new Set()
  const add = (name) => {
    Object.keys(services[name].depends_on ?? {}).forEach(add)
    names.add(name)
  }
  // The others ask the provider.
  ;['provider', ...Object.keys(services)].forEach(add)
  return [...names]
}

module.exports = { startStack }
