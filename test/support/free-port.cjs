'use strict'
// Loaded before a program of the documentation: whatever port it asks for, it gets a free one and prints it.
const { Server } = require('node:net')

// oxlint-disable-next-line typescript/unbound-method -- it is called with its server
const { listen } = Server.prototype
Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => process.stdout.write(`port ${this.address().port}\n`))
  return listen.call(this, 0, ...rest)
}
