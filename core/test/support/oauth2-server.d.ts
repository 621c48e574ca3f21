/** The original, version 2.4.1. What the tests use has the types of ours. */
declare module 'oauth2-server' {
  import oauthserver = require('@oauth2-kit/core')
  export = oauthserver
}
