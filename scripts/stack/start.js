'use strict'
const path = require('node:path')
const { parse } = require('yaml')
const { startProgram } = require('./program')
const { assertFree, onThisHost } = require('./ports')

const root = path.resolve(__dirname, '../..')

/**
 * Starts the services of the compose file: those with an image as containers, and those that are
 * built as programs on this host. Returns the promise `started`, which resolves with the listening
 * programs and their environments, the promise `ended`, which rejects when one of them ends, and `hasContainers`, which
 * says whether there are containers to stop.
 */
function startStack(compose, signal) {
  const programs = []
  let fail
  const ended = new Promise((_resolve, reject) => (fail = reject))
  // It may reject before the caller awaits it.
  ended.catch(() => {})
  const stack = { started: start(), ended, stop, hasContainers: false }
  return stack

  async function start() {
    // `config` prints a dollar sign as `$$`, as in a compose file.
    const { services } = parse((await compose.read('config')).replaceAll('$$', '$'))
    const built = inOrder(services).filter((name) => services[name].build)
    await Promise.all(built.map((name) => assertFree(name, services[name])))
    stack.hasContainers = true
    const containers = await compose.up(
      ...Object.keys(services).filter((name) => !services[name].build),
    )
    const environments = onThisHost(services, containers)
    await prepare(environments.provider)
    const servers = []
    for (const name of built) {
      signal.throwIfAborted()
      const program = startProgram(name, services[name].command, {
        cwd: root,
        env: { ...process.env, ...environments[name] },
      })
      programs.push(program)
      const url = await (services[name].ports ? program.url : program.done)
      if (!url) continue
      void program.closed.then((code) => fail(new Error(`${name} has ended: ${code}`)))
      servers.push({ name, url, environment: environments[name] })
    }
    return servers
  }

  async function stop() {
    await Promise.all(programs.map((program) => program.stop()))
  }
}

/** Generates Prisma's client for a provider that uses it, as the image's build does. */
async function prepare(environment) {
  const command = ['node', 'examples/provider/prisma/prepare.cjs', 'generate']
  await startProgram('prisma', command, { cwd: root, env: { ...process.env, ...environment } }).done
}

/** Returns the names of the services, each after those that it depends on. */
function inOrder(services) {
  const names = new Set()
  const add = (name) => {
    Object.keys(services[name].depends_on ?? {}).forEach(add)
    names.add(name)
  }
  // The other services call the provider.
  ;['provider', ...Object.keys(services)].forEach(add)
  return [...names]
}

module.exports = { startStack }
