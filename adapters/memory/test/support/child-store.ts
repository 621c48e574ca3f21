import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { MemoryStore } from '@oauth2-kit/memory'

interface Reply {
  id: number
  result?: unknown
  error?: string
}

export interface ChildStore {
  store: MemoryStore
  pid: number
  /** Resolves once the process has opened the file, and rejects if it could not. */
  opened: Promise<void>
  /** Ends the process with SIGKILL; calls in progress reject. */
  kill: () => Promise<void>
  /** Ends the process without closing the store. */
  exit: () => Promise<void>
  /** Suspends the process. */
  suspend: () => void
}

/** Starts a store with that file in a separate process. */
export function startStore(file: string): ChildStore {
  const child = fork(path.join(__dirname, 'store-process.ts'), [file], {
    execArgv: ['--require', path.join(__dirname, 'sources.cjs')],
  })
  const calls = new Map<number, (reply: Omit<Reply, 'id'>) => void>()
  let count = 0
  child.on('message', ({ id, ...reply }: Reply) => {
    calls.get(id)?.(reply)
    calls.delete(id)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const settle of calls.values()) settle({ error: 'The process was killed' })
      resolve()
    })
  })

  function call(method: string, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = count++
      calls.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result)
        else reject(new Error(error))
      })
      child.send({ id, method, args }, (error) => {
        if (error) reject(error)
      })
    })
  }

  const store = new Proxy({} as MemoryStore, {
    get:
      (_, method) =>
      (...args: unknown[]) =>
        call(String(method), args),
  })
  // The first reply is that of the file.
  const opened = call('open', []) as Promise<void>
  opened.catch(() => {})
  return {
    store,
    pid: child.pid!,
    opened,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async exit() {
      // Without a channel, the process emits no "close".
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
    suspend: () => void child.kill('SIGSTOP'),
  }
}
