import { holds } from '../../expect'
import { hasFunction } from '../contracts/functions'
import type { ModelRuns } from '../run'

/** How many arguments the servers pass to each function of a promise model. */
const parameters: Readonly<Record<string, number>> = {
  generateAccessToken: 3,
  generateRefreshToken: 3,
  generateAuthorizationCode: 3,
  getAccessToken: 1,
  getRefreshToken: 1,
  getAuthorizationCode: 1,
  getClient: 2,
  getUser: 3,
  getUserFromClient: 1,
  saveToken: 3,
  saveAuthorizationCode: 3,
  revokeToken: 1,
  revokeAuthorizationCode: 1,
  validateScope: 3,
  verifyScope: 2,
  validateRedirectUri: 2,
}

/** What only a promise model can break. */
export const promiseShapeRuns: ModelRuns = {
  'shape.callback': {
    async run({ model }) {
      for (const [name, count] of Object.entries(parameters)) {
        if (!hasFunction(model, name)) continue
        const { length } = (model as Record<string, (...args: unknown[]) => unknown>)[name]!
        holds(
          length <= count,
          `${name}() takes ${length} arguments, but the server passes ${count}, and no callback`,
        )
      }
    },
  },
}
