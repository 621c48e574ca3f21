import { clientConnection } from '../reference/client'
import type { Context, Created } from '../types'
import { createdOf } from './bench'
import { mutants } from './mutants'

// The database is in the process of the test, which can stall for seconds.
const patienceMs = 30_000

/** Creates the mutant whose number is the path of the URL, in another process. */
export function create(context: Context): Created {
  const url = context.url ?? ''
  const mutant = mutants[Number(new URL(url).pathname.slice(1))] ?? {}
  return createdOf(mutant, clientConnection(url, patienceMs), context)
}
