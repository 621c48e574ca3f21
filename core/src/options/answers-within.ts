import type { WithTimeout } from '../async/timeout'

/** Calls a function of the application and resolves with what it returned. */
export type AnswerOf = (name: string, call: () => unknown) => Promise<unknown>

/** Returns the function that calls a function of the application with a time limit. */
export function answersWithin(withTimeout: WithTimeout): AnswerOf {
  return (name, call) => withTimeout(async () => call(), name)
}
