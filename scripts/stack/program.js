'use strict'
const { spawn } = require('node:child_process')
const { createInterface } = require('node:readline')

/** The time limit for stopping a program, in milliseconds. */
const stopTimeout = 10_000

/**
 * Starts a program on this host and prints its lines with its name. Returns promises: `url`
 * resolves with the URL that it listens on, `done` resolves when it has ended with code 0, and
 * `closed` with its exit code.
 */
function startProgram(name, [, ...args], options) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = new Promise((resolve) => child.once('close', resolve))
  const done = closed.then((code) => {
    if (code !== 0) throw new Error(`${name} has ended: ${code}`)
  })
  const url = new Promise((resolve, reject) => {
    void closed.then(() => reject(new Error(`${name} has ended`)))
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        console.log(`${name.padEnd(10)}| ${line}`)
        const [, url] = /^Listening on (\S+)$/.exec(line) ?? []
        if (url) resolve(url)
      })
    }
  })
  // Prevents an unhandled rejection if the caller awaits only one of them.
  for (const promise of [url, done]) promise.catch(() => {})

  async function stop() {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopTimeout)
    await closed
    clearTimeout(late)
  }

  return { url, done, closed, stop }
}

module.exports = { startProgram }
