'use strict'
// Starts a stack of examples/stacks with its databases in containers and its programs on this host, so that
// no image has to be built: npm run stack redis. The compose file says all of it.
//   npm run stack NAME -- --reset    removes what its databases have kept
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
  const aborted = new AbortController()
  const signalled = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
  })
  const place = path.join(folder, name)
  const compose = composeIn(place)
  if (reset) return compose.run('down', '--volumes')

  const stack = startStack(composeIn(place, { signal: aborted.signal }), aborted.signal)
  try {
    const running = await Promise.race([stack.started, signalled])
    if (running) {
      console.log(`\n${name} is ready.\n${running.join('\n')}`)
      console.log(`Ctrl-C stops it; "npm run stack ${name} -- --reset" removes its data, too.`)
      await Promise.race([stack.ended, signalled])
    }
  } finally {
    aborted.abort()
    await stack.stop()
    await compose.run('stop')
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
    const problem = name ? `There is no stack "${positionals.join(' ')}"` : 'Which stack?'
    throw new Error(`${problem}: npm run stack ${names.join(' | ')}`)
  }
  return { name, ...values }
}
