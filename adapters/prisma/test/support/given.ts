// Test data that is the same for every store.
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
