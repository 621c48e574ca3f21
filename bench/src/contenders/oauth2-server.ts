import oauth2Server from 'oauth2-server'
import { callbackModel, onCallbackModel } from './callback-model'
import { type Contender, type Handler, setup } from './contender'

const { accessTokenLifetime, refreshTokenLifetime, authCodeLifetime } = setup
const lifetimes = { accessTokenLifetime, refreshTokenLifetime, authCodeLifetime }

/** The last version of the 2.4 line, with which everything is compared. */
export async function oauth2ServerContender(grants: readonly string[]): Promise<Contender> {
  const model = callbackModel()
  const oauth = oauth2Server({ model, grants, ...lifetimes })
  return {
    ...onCallbackModel(model),
    authorise: oauth.authorise() as Handler,
    grant: oauth.grant() as Handler,
  }
}
