import { AsyncLocalStorage, createHook } from 'node:async_hooks'

const kinds: Readonly<Record<string, string | undefined>> = {
  Timeout: 'timer',
  TCPWRAP: 'connection',
  TLSWRAP: 'connection',
  PIPEWRAP: 'connection',
  TCPSERVERWRAP: 'server',
}

/** The resource that async_hooks passes for a timer or a socket. */
interface Resource {
  hasRef?(): boolean
}

/**
 * Handles that some work left open. Until this is disposed, every promise of the process is slower.
 */
export interface OpenHandles extends Disposable {
  /** Returns the kinds of handles that are still open. Sockets take a moment to close. */
  left(): string[]
}

/**
 * Runs the work and resolves with the handles that it opened and that keep the process alive.
 * Handles of other work in the process don't count.
 */
export async function openHandles(work: () => Promise<void>): Promise<OpenHandles> {
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
  const handles = {
    left: () =>
      [...open.values()]
        .filter(({ resource }) => resource.hasRef?.() ?? true)
        .map(({ kind }) => kind),
    [Symbol.dispose]() {
      hook.disable()
      // Node keeps tracking every promise until another hook is enabled and disabled.
      createHook({ init() {} })
        .enable()
        .disable()
      // Once used, an AsyncLocalStorage slows down every later promise until it is disabled.
      ours.disable()
    },
  }
  try {
    await ours.run(true, work)
  } catch (error) {
    handles[Symbol.dispose]()
    throw error
  }
  return handles
}
