import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// A bare server in its own process. The time that it takes to answer shows how busy the machine is.

const server = createServer((_request, response) => response.end('here'))
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.on('disconnect', () => process.exit())
