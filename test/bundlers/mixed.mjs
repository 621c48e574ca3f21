// Imports and requires the same packages, as an application with a dependency in CommonJS does.
import oauthserver, { OAuth2Error, OAuth2Server, OptionError } from '@oauth2-kit/core'
import * as storeKit from '@oauth2-kit/core/store-kit'
import { memoryStore } from '@oauth2-kit/memory'
import required from './required.cjs'

const server = required.oauthserver({ store: memoryStore(), grants: ['client_credentials'] })
process.stdout.write(
  JSON.stringify({
    function: required.oauthserver === oauthserver,
    server: server instanceof OAuth2Server && server instanceof oauthserver,
    error: new required.oauthserver.InvalidRequestError('') instanceof OAuth2Error,
    errorOfStore: thrown() instanceof OptionError,
    storeKit: storeKit.OptionError === OptionError,
    requiredStoreKit: required.storeKit.OptionError === OptionError,
    memoryStore: required.memoryStore === memoryStore,
  }),
)

function thrown() {
  try {
    return memoryStore({ unknown: true })
  } catch (error) {
    return error
  }
}
