import { startDatabase } from '@oauth2-kit/conformance/databases'
import type { Database } from './setup'

/** A database in a container of its own, whose CPU time is that of its servers alone. */
export interface Dedicated extends AsyncDisposable {
  url: string
  /** Resolves with the CPU microseconds of all processes in the container so far. */
  cpu(): Promise<number>
}

/** Starts a database for a comparison. */
export async function dedicated(name: Database): Promise<Dedicated> {
  const started = await startDatabase(name)
  return {
    url: started.url,
    async cpu() {
      // Nanoseconds of each thread that runs: the connections stay open, so that none ends.
      const text = await started.exec(['sh', '-c', 'cat /proc/[0-9]*/task/[0-9]*/schedstat'])
      const times = text.match(/^\d+(?= \d+ \d+\s*$)/gm) ?? []
      return times.reduce((sum, one) => sum + Number(one), 0) / 1000
    },
    [Symbol.asyncDispose]: () => started.stop(),
  }
}
