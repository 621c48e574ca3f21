'use strict'
const { spawn } = require('node:child_process')
const { createInterface } = require('node:readline')

/** How long a program may take to stop, in milliseconds. */
const stopTimeout = 10_000

/**
 * A program on this host, whose lines are printed with its name. `url` is where it listens; `done` is when
 * it has ended well.
 */
function startProgram(name, [, ...args], options) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = new Promise((resolve) => child.once('close', resolve))
  const done = closed.then((code) => {
    if (code !== 0) throw new Error(`${name} has ended: ${code}`)
  })
  let listens
  const listening = new Promise((resolve) => (listens = resolve))
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      console.log(`${name.padEnd(10)}| ${line}`)
      const [, url] = /^Listening on (\S+)$/.exec(line) ?? []
      if (url) listens(url)
    })
  }
  const url = Promise.race([listening, done.then(() => Promise.reject(new Error(`${name} ended`)))])
  for (const promise of [url, done]) promise.catch(() => {})

  async function stop() {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopTimeout)
    await closed
    clearTimeout(late)
  }

  return { url, done, stop }
}

module.exports = { startProgram }
