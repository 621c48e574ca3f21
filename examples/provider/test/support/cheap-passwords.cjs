// Preloaded into the programs that tests start: passwords are hashed by the real function at its lowest cost. At
// the real cost, each start and each sign-in would take a large part of a second of the processor. A test that
// needs the real cost sets REAL_PASSWORDS.
const crypto = require('node:crypto')
const { syncBuiltinESMExports } = require('node:module')

if (!process.env.REAL_PASSWORDS) {
  const { scrypt } = crypto
  crypto.scrypt = (password, salt, keyBytes, _cost, done) =>
    scrypt(password, salt, keyBytes, { N: 2, r: 1, p: 1 }, done)
  syncBuiltinESMExports()
}
