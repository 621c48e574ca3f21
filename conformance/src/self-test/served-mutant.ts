import { clientConnection } from '../reference/client'
import type { Context, Created } from '../types'
import { createdOf } from './bench'
import { variants } from './variants'

// The database is in the process of the test, which can stall for seconds.
const patienceMs = 30_000

/** Creates the variant whose number is the path of the URL, in another process. */
export function create(context: Context): Created {
  const url = context.url ?? ''
  const variant = variants[Number(new URL(url).pathname.slice(1))] ?? {}
  return createdOf(variant, clientConnection(url, patienceMs), context)
}
