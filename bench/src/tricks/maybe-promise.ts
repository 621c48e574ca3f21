import { thenMaybe } from '../../../core/dist/async/maybe-promise'
import { timeoutAfter } from '../../../core/dist/async/timeout'
import type { Context } from '../../../core/dist/context'
import { authenticate } from '../../../core/dist/endpoints/authenticate'
import { NodeRequest } from '../../../core/dist/frameworks/node'
import { storageOverModel } from '../../../core/dist/model-2.4/over-model'
import { settingsOf } from '../../../core/dist/options/settings'
import { callbackModel, onCallbackModel } from '../contenders/callback-model'
import { FakeRequest } from '../fakes'
import type { Trick } from './trick'

/** A bearer check on a callback model that answers at once, so that it needs no promise. */
export const maybePromise: Trick = async () => {
  const model = callbackModel()
  const [token] = await onCallbackModel(model).accessTokens(1)
  const headers = { authorization: `Bearer ${token}` }
  const settings = settingsOf({ model })
  const storage = storageOverModel(model, settings, timeoutAfter(settings.storeTimeout))
  const awaited: typeof storage = {
    ...storage,
    findAccessToken: async (text) => storage.findAccessToken(text),
  }

  const checkOn = (found: typeof storage) => {
    const context = { settings, storage: found } as Context
    return () => {
      const request = new NodeRequest(FakeRequest.get(headers) as never)
      // As the middleware does, which calls next() at once or after the promise.
      return thenMaybe(authenticate(context, request, { scopes: [] }), () => request.exposed.user)
    }
  }

  return { plain: checkOn(awaited), trick: checkOn(storage) }
}
