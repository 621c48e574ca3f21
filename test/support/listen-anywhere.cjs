'use strict'
// Preloaded into a program of the documentation: makes it listen on a free port, and prints that.
const { Server } = require('node:net')

// oxlint-disable-next-line typescript/unbound-method -- it is called with its server
const { listen } = Server.prototype
Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => process.stdout.write(`port ${this.address().port}\n`))
  return listen.call(this, 0, ...rest)
}
