'use strict'
const { Database, directConnection } = require('../../src/reference/connection')
const { referenceStore } = require('../../src/reference/store')

/** Options with a correct store, or, if BROKEN is set, with one that forgets what was redeemed. */
module.exports = function options() {
  const database = new Database()
  return {
    name: 'a store',
    only: 'code.*',
    create({ namespace }) {
      const store = referenceStore(directConnection(database), namespace)
      if (!process.env.BROKEN) return { store }
      return { store: { ...store, redeem: async () => ({ status: 'redeemed' }) } }
    },
  }
}
