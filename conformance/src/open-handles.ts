import { AsyncLocalStorage, createHook } from 'node:async_hooks'

const kinds: Readonly<Record<string, string | undefined>> = {
  Timeout: 'timer',
  TCPWRAP: 'connection',
  TLSWRAP: 'connection',
  PIPEWRAP: 'connection',
  TCPSERVERWRAP: 'server',
}

/** What async_hooks gives for a timer or a socket. */
interface Resource {
  hasRef?(): boolean
}

/**
 * Runs the work and gives what it has started that would keep the process alive, as a function:
 * sockets take their time to close. Other things that go on in the process don't count.
 */
export async function openHandles(work: () => Promise<void>): Promise<() => string[]> {
  const ours = new AsyncLocalStorage<true>()
  const open = new Map<number, { kind: string; resource: Resource }>()
  const hook = createHook({
    init(id, type, _trigger, resource: Resource) {
      const kind = kinds[type]
      if (kind !== undefined && ours.getStore()) open.set(id, { kind, resource })
    },
    destroy(id) {
      open.delete(id)
    },
  }).enable()
  try {
    await ours.run(true, work)
  } catch (error) {
    hook.disable()
    throw error
  }
  return () => {
    const left = [...open.values()].filter(({ resource }) => resource.hasRef?.() ?? true)
    if (left.length === 0) hook.disable()
    return left.map(({ kind }) => kind)
  }
}
