// What the tests of every store begin with.
export {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aUser,
  all,
  issued,
  redeemed,
  refOf,
  t0,
} from '../../../memory/test/support/given'
