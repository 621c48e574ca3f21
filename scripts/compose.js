'use strict'
const { spawn, spawnSync } = require('node:child_process')
const { setTimeout: sleep } = require('node:timers/promises')

/** The time limit for starting databases, in milliseconds. */
const startTimeout = 180_000

let known

/**
 * Returns functions that run Compose for the file in this folder, with Docker's plug-in or the
 * older docker-compose command. Throws if neither is installed, or if Docker is not available.
 * Aborting `signal` ends running commands.
 */
function composeIn(folder, { file, env = process.env, signal } = {}) {
  known ??= commandOf()
  const [command, ...before] = known
  if (file) before.push('-f', file)

  /** Runs a command and prints its output. */
  const run = (...args) => execute(command, [...before, ...args], { cwd: folder, env, signal })

  /** Runs a command and resolves with its output. */
  const read = (...args) =>
    execute(command, [...before, ...args], { cwd: folder, env, signal, stdout: 'pipe' })

  const containers = async (...services) =>
    (await read('ps', '-q', ...services)).split('\n').filter(Boolean)

  /**
   * Starts services that have a health check and waits until they are healthy. Resolves with the
   * result of `docker inspect` on their containers.
   */
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
    throw new Error('Docker does not answer: install it, start it, or get permission to use it')
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
