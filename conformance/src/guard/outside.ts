import path from 'node:path'
import { Failure, isError } from '../expect'
import { thrown } from './limits'

/** What a store did wrong outside of the check of a case, with why it matters and the usual fix. */
export interface Outside {
  readonly reason: string
  readonly why: string
  readonly fix: string
}

const advice = {
  create: {
    why: 'The suite opens several instances of one namespace, as several servers do, and other namespaces, also at the same time.',
    fix: 'Let create() work for every "instance" and every "namespace" that it receives, also when several are created at the same time.',
  },
  shared: {
    why: 'What one server issues, every other server must find, or users are signed out at random.',
    fix: 'Let every instance with the same "namespace" use the same data: keep it by namespace.',
  },
  sharedWithProcesses: {
    why: 'What one server issues, every other server must find, or users are signed out at random.',
    fix: 'Keep the data where every process with the same "namespace" and "url" finds it: each process loads the module, so a random name, the process id or a variable differs.',
  },
  seed: {
    why: 'The suite needs these clients and users to check a model.',
    fix: 'Let seed() save what it receives where the model finds it.',
  },
  url: {
    why: 'The suite puts a proxy before the database.',
    fix: 'Let url() resolve with the URL of the database.',
  },
  close: {
    why: 'A server that shuts down waits for close(), and ends with this error.',
    fix: 'Let close() work in every state of the connection, and after it was called before.',
  },
  stray: {
    why: 'Node ends the process, with every request in it, if nothing handles such an error.',
    fix: 'Handle errors in timers and event handlers, and await every promise.',
  },
} as const satisfies Record<string, Omit<Outside, 'reason'>>

/** A failure that is not that of the promise which the case checks. */
export class OutsideFailure extends Failure {
  readonly outside: Outside

  constructor(
    reason: string,
    about: keyof typeof advice,
    /** What was thrown, if anything was. */
    readonly origin?: unknown,
  ) {
    super(reason)
    this.outside = { reason, ...advice[about] }
  }
}

/** Rejects with an OutsideFailure that names the call, if that throws, rejects or hangs. */
export async function named<T>(
  what: string,
  about: keyof typeof advice,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof OutsideFailure) throw error
    // It has hung, and the message says so.
    if (error instanceof Failure) throw new OutsideFailure(error.message, about)
    throw new OutsideFailure(`${what} threw ${thrown(error)}`, about, error)
  }
}

function stackOf(error: Error): string {
  try {
    return String(error.stack)
  } catch {
    return ''
  }
}

const suite = path.resolve(__dirname, '..')

/**
 * Returns where in the code under test an error was thrown, such as `my-store.cjs:12:7`. Undefined
 * if that is not known.
 */
export function placeOf(error: unknown): string | undefined {
  const origin = error instanceof OutsideFailure ? error.origin : error
  if (!isError(origin) || origin instanceof Failure) return undefined
  for (const line of stackOf(origin).split('\n')) {
    const [, file, at] =
      /^\s+at .*?((?:\/|[A-Za-z]:\\|file:)[^()]*?)(:\d+:\d+)\)?$/.exec(line) ?? []
    if (file === undefined || /[\\/]node_modules[\\/]/.test(file)) continue
    const name = file.replace(/^file:\/\//, '')
    if (!name.startsWith(`${suite}${path.sep}`)) return `${path.relative('', name)}${at}`
  }
  return undefined
}
