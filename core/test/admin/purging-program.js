'use strict'
const { startPurge } = require('@oauth2-kit/core')

startPurge({ purge: async () => ({ deleted: 0, more: false }) }, { everySeconds: 1000 })
process.stdout.write('started\n')
