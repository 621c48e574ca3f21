'use strict'
const { spawn, spawnSync } = require('node:child_process')
const { setTimeout: sleep } = require('node:timers/promises')

/** How long databases may take to start, in milliseconds. */
const startTimeout = 180_000

let known

/**
 * Compose for the file in this folder: as Docker's plug-in, or the command of old. Throws where there is
 * none, or no Docker. An abort of `signal` ends what is under way.
 */
function composeIn(folder, { file, env = process.env, signal } = {}) {
  known ??= commandOf()
  const [command, ...before] = known
  if (file) before.push('-f', file)

  /** Runs it; what it says is for the user. */
  const run = (...args) => execute(command, [...before, ...args], { cwd: folder, env, signal })

  /** Runs it, and gives what it says. */
  const read = (...args) =>
    execute(command, [...before, ...args], { cwd: folder, env, signal, stdout: 'pipe' })

  const containers = async (...services) =>
    (await read('ps', '-q', ...services)).split('\n').filter(Boolean)

  /** Starts services that have a health check, and waits until they are healthy: what Docker knows of them. */
  async function up(...services) {
    await run('up', '-d', ...services)
    const ids = await containers(...services)
    const end = Date.now() + startTimeout
    for (;;) {
      const found = JSON.parse(await docker('inspect', ...ids))
      const states = found.map(({ State }) => State.Health.Status)
      if (states.every((state) => state === 'healthy')) return found
      if (states.includes('unhealthy') || Date.now() > end) {
        const hint = found.map(({ Name }) => `docker logs ${Name.slice(1)}`).join('", "')
        throw new Error(`A database did not start: see "${hint}"`)
      }
      await sleep(300, undefined, { signal })
    }
  }

  const docker = (...args) => execute('docker', args, { env, signal, stdout: 'pipe' })
  return { run, read, containers, up }
}

function commandOf() {
  if (!answers('docker', 'version')) {
    throw new Error('Docker does not answer: install it, start it, or get leave to use it')
  }
  if (answers('docker', 'compose', 'version')) return ['docker', 'compose']
  if (answers('docker-compose', 'version')) return ['docker-compose']
  throw new Error('There is neither "docker compose" nor "docker-compose": install one of them')
}

function answers(command, ...args) {
  return spawnSync(command, args).status === 0
}

function execute(command, args, { stdout = 'inherit', ...options }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', stdout, 'inherit'] })
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => (said += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`${command} ${args.join(' ')} failed`))
    })
  })
}

module.exports = { composeIn }
