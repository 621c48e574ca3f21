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

/** What some work has left open. Until it is disposed, every promise of the process is slower. */
export interface OpenHandles extends Disposable {
  /** The kinds of what is open yet: sockets take their time to close. */
  left(): string[]
}

/**
 * Runs the work and gives what it has started that would keep the process alive. Other things that
 * go on in the process don't count.
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
      // Node goes on watching for the end of every promise until another hook begins.
      createHook({ init() {} })
        .enable()
        .disable()
      // What has had a value is carried along with every promise from then on.
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
