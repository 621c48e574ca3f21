import type { ModelContext } from './context'
import type { PromiseModel } from './model'
import { hookError } from '../contract/hook-answer'
import { InvalidScopeError } from '../errors/errors'
import { includesScope, narrowScope, scopesIn } from '../protocol/scope'
import { isObject } from '../values/is-object'

/** Returns the functions of the model about scopes. */
export function scopeFunctions<S extends string | string[]>({
  settings,
  format,
  answerOf,
  recordOf,
}: ModelContext<S>): Pick<PromiseModel<S>, 'validateScope' | 'verifyScope'> {
  /** Calls the application's function and returns its scope in the server's form. */
  async function replaced(...args: [unknown, unknown, S | undefined]): Promise<S | false> {
    const answer = await answerOf('validateScope', () => settings.validateScope!(...args))
    if (answer === false || answer === null) return false
    const scope = format.read(answer)
    if (typeof scope !== 'string')
      throw hookError('"validateScope" must return a scope, or false to refuse it')
    return format.writeValid(scope)
  }

  return {
    async validateScope(user, client, scope) {
      const requested = format.read(scope)
      if (requested === null) return false
      if (settings.validateScope) {
        return replaced(user, client, requested === undefined ? undefined : format.write(requested))
      }
      const record = await recordOf(client)
      if (!record) return false
      try {
        return format.writeValid(narrowScope(requested, record.scopes))
      } catch (error) {
        if (error instanceof InvalidScopeError) return false
        throw error
      }
    },

    async verifyScope(token, scope) {
      const needed = format.read(scope)
      if (!isObject(token) || typeof needed !== 'string') return false
      if (settings.verifyScope) {
        const call = () => settings.verifyScope!(token, format.write(needed))
        // Only `true` allows.
        return (await answerOf('verifyScope', call)) === true
      }
      return includesScope(format.read(token.scope) ?? '', scopesIn(needed))
    },
  }
}
