import type { ModelContext } from './context'
import type { PromiseModel } from './model'
import { randomHex } from '../crypto/random'
import { tokenOrNull } from '../options/believed'

const names = ['generateAccessToken', 'generateRefreshToken', 'generateAuthorizationCode'] as const

type Generators<S extends string | string[]> = Pick<PromiseModel<S>, (typeof names)[number]>

/** Returns the functions of the model that generate tokens, if they are among the options. */
export function generators<S extends string | string[]>({
  settings,
  format,
  answerOf,
}: ModelContext<S>): Generators<S> {
  const functions: Generators<S> = {}
  for (const name of names) {
    if (!settings[name]) continue
    functions[name] = async (client, user, scope) => {
      const own = format.write(format.read(scope) ?? '')
      const token = await answerOf(name, () => settings[name]!(client, user, own))
      return tokenOrNull(name, token, name === 'generateAccessToken') ?? randomHex(20)
    }
  }
  return functions
}
