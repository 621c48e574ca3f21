import type { Database } from './database'
import { DuplicateError } from './errors'
import type { Models } from './schema'

/** Inserts one row. Resolves with false if the row exists already. */
export async function isCreated(
  { attempt, orSkip }: Database,
  insert: (models: Models, orSkip: Database['orSkip']) => PromiseLike<{ count: number }>,
): Promise<boolean> {
  try {
    const { count } = await attempt((models) => insert(models, orSkip))
    return count > 0
  } catch (error) {
    if (error instanceof DuplicateError) return false
    throw error
  }
}
