import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Identifies a process, also after its id was given to another one. */
export interface Owner {
  pid: number
  /** The machine since its last boot, and the namespace of process ids, such as a container. */
  place: string
  /** The start time that the system reports. `null` if it reports none. */
  start: string | null
}

/** Returns the identity of this process. */
export function thisProcess(): Owner {
  return { pid: process.pid, place: place(), start: startOf(process.pid) }
}

/**
 * Returns whether a process is running, or `undefined` if this cannot be known from here: it is in
 * another container or on another machine, or only its id is known, which may belong to another
 * process by now.
 */
export function isRunning(owner: Partial<Owner>): boolean | undefined {
  const { pid, start } = owner
  if (pid === undefined || owner.place !== place()) return undefined
  const found = startOf(pid)
  if (found !== null && typeof start === 'string') return found === start
  return exists(pid) ? undefined : false
}

function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Only Linux has these files.
    return hostname()
  }
}

/** Returns when a process started, in the unit of the system. `null` if this is unknown. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc_pid_stat(5): the name of the program, in parentheses, may contain spaces. The state
    // follows it, and the start time is the 19th field after the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const hasEnded = fields[0] === 'Z' || fields[0] === 'X'
    return hasEnded ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
