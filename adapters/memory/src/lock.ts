import { withCode } from '@oauth2-kit/core/store-kit'
import { randomBytes } from 'node:crypto'
import {
  lstatSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimes,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { type Owner, isRunning, thisProcess } from './owner'

// Each process that opens a file writes a lock file of its own beside it, and then looks for those
// of others. Of two processes that open the file at the same time, at least one sees the other and
// withdraws. No process ever removes the lock file of a running one, so taking over the file of a
// process that was killed cannot race. `proper-lockfile` would know only the age of a lock: a process
// that was killed would block the next one for ten seconds, and one that is suspended would lose it.

const beatMs = 5000
const staleMs = 3 * beatMs
const mostTries = 5
// Clocks of two machines may differ.
const oneDayMs = 86_400_000

/** The content of a lock file. */
interface Holder extends Owner {
  host: string
  /** Milliseconds since the epoch. */
  since: number
}

/** The right of this process to use a file. */
export interface Lock {
  /** Throws an Error if another process has taken over the file. */
  assertHeld(): void
  /** Lets another store use the file. */
  release(): void
}

const held = new Set<string>()
process.on('exit', () => held.forEach(remove))

/** Locks a file. Throws an Error that says what to do if another store uses it. */
export function lock(file: string): Lock {
  for (let tries = 1; ; tries++) {
    const own = newLockFile(file)
    const holder = otherHolder(file, own)
    if (!holder) return lockOf(file, own)
    remove(own)
    // Another process that started at the same time withdraws too. One of them tries again first.
    const { since } = holder
    const isNew = since === undefined || Date.now() - since < 1000
    if (tries === mostTries || !isNew) throw inUse(file, holder)
    pause(Math.random() * 50)
  }
}

function lockOf(file: string, own: string): Lock {
  let isLost = false
  held.add(own)
  const timer = setInterval(() => {
    const now = new Date()
    utimes(own, now, now, (error) => {
      // This process was suspended, and a process of another container has taken over the file.
      if (error?.code === 'ENOENT') isLost = true
    })
  }, beatMs).unref()

  return {
    assertHeld() {
      if (!isLost) return
      throw locked(`Another process has taken over the file ${file}, so nothing was written`)
    },
    release() {
      clearInterval(timer)
      held.delete(own)
      remove(own)
    },
  }
}

function newLockFile(file: string): string {
  const own = `${file}.${process.pid}-${randomBytes(8).toString('hex')}.lock`
  const holder: Holder = { ...thisProcess(), host: hostname(), since: Date.now() }
  try {
    writeFileSync(own, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    return own
  } catch (cause) {
    const message = `${(cause as Error).message}: create the folder of ${file}, or let this process write to it`
    throw withCode('OAUTH2_KIT_STORE', new Error(message, { cause }))
  }
}

/** Returns the holder of another lock on the file, and removes the locks of ended processes. */
function otherHolder(file: string, own: string): Partial<Holder> | undefined {
  const folder = path.dirname(file)
  const start = `${path.basename(file)}.`
  for (const name of readdirSync(folder)) {
    const other = path.join(folder, name)
    const isLock =
      name.startsWith(start) && /^\d+-[0-9a-f]{16}\.lock$/.test(name.slice(start.length))
    if (!isLock || name === path.basename(own)) continue
    const holder = holderIn(other)
    // A file without its content is being written, or a crash of the machine has emptied it.
    if (isRunning(holder) ?? isFresh(other)) return holder
    remove(other)
  }
  return undefined
}

/** Returns what a lock file says, or nothing if it is not one of ours. */
function holderIn(name: string): Partial<Holder> {
  try {
    // A pipe would never end.
    if (!lstatSync(name).isFile()) return {}
    const holder = JSON.parse(readFileSync(name, 'utf8')) as Holder
    const { pid, place, host, since } = holder
    const isOurs =
      Number.isInteger(pid) &&
      typeof place === 'string' &&
      /^[\w.-]+$/.test(host) &&
      Number.isSafeInteger(since) &&
      since >= 0 &&
      since <= Date.now() + oneDayMs
    return isOurs ? holder : {}
  } catch {
    return {}
  }
}

/** Returns whether the process that holds a lock has shown a sign of life. */
function isFresh(name: string): boolean {
  const stat = statSync(name, { throwIfNoEntry: false })
  return stat !== undefined && Math.abs(Date.now() - stat.mtimeMs) < staleMs
}

function remove(name: string): void {
  rmSync(name, { force: true })
}

function inUse(file: string, holder: Partial<Holder>): Error {
  const { pid, host, since = Date.now() } = holder
  const own = thisProcess()
  if (pid === own.pid && holder.place === own.place)
    return locked(`The file ${file} is already open in this process: close() the other store first`)
  const by = `process ${pid ?? 'unknown'} on ${host ?? 'an unknown host'}`
  const later =
    holder.place === own.place
      ? ''
      : `. If that process has ended, try again in ${staleMs / 1000} seconds`
  return locked(
    `The file ${file} is in use by ${by} since ${new Date(since).toISOString()}: stop that process ` +
      `first, or make the change in it${later}`,
  )
}

/** Returns the error for a file that this process does not or no longer hold. */
export function locked(message: string): Error {
  return withCode('OAUTH2_KIT_LOCKED', new Error(message))
}

/** Waits without returning to the event loop, because a store is opened synchronously. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
