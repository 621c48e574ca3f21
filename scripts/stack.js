'use strict'
// Starts a stack of examples/stacks with its databases in containers and its programs on this host,
// so that no image must be built: npm run stack redis. The stack's compose file defines everything.
//   npm run stack NAME -- --reset    removes the data of its databases
const { existsSync, readdirSync } = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { composeIn } = require('./compose')
const { startStack } = require('./stack/start')

const folder = path.resolve(__dirname, '../examples/stacks')

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})

async function main() {
  const { name, reset } = optionsOf(process.argv.slice(2))
  const place = path.join(folder, name)
  if (reset) await composeIn(place).run('down', '--volumes')
  else await runStack(name, place)
}

/** Runs the stack until a signal arrives or one of its programs ends. */
async function runStack(name, place) {
  const stopping = new AbortController()
  const signalled = new Promise((resolve) => {
    // Not `once`: npm forwards a signal that the terminal has already sent.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve(null))
  })
  const stack = startStack(composeIn(place, { signal: stopping.signal }), stopping.signal)
  try {
    const programs = await Promise.race([stack.started, signalled])
    if (programs === null) return
    console.log(`\n${name} is ready.`)
    for (const { name, url } of programs) console.log(`  ${name.padEnd(10)}${url}`)
    const { DEMO_PASSWORD } = programs.find(({ name }) => name === 'provider').environment
    console.log(`Open the client, and sign in as demo with the password ${DEMO_PASSWORD}.`)
    console.log(`Ctrl-C stops it; "npm run stack ${name} -- --reset" removes its data, too.`)
    await Promise.race([stack.ended, signalled])
  } finally {
    stopping.abort()
    await stack.stop()
    if (stack.hasContainers) await composeIn(place).run('stop')
  }
}

function optionsOf(args) {
  const names = readdirSync(folder).filter((name) =>
    existsSync(path.join(folder, name, 'docker-compose.yml')),
  )
  const { values, positionals } = parseArgs({
    args,
    options: { reset: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [name, ...more] = positionals
  if (!names.includes(name) || more.length > 0) {
    const problem = name ? `Unknown stack "${positionals.join(' ')}":` : 'The stack is missing:'
    throw new Error(`${problem} npm run stack ${names.join(' | ')}`)
  }
  return { name, ...values }
}
