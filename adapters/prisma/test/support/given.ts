// What the tests of every store begin with.
export {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aUser,
  all,
  before,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
