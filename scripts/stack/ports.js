'use strict'
const { once } = require('node:events')
const { createServer } = require('node:net')

/** Throws where the port of a program is taken, and names the variable that changes it. */
async function assertFree(name, { environment: { PORT }, ports }) {
  if (!ports) return
  const server = createServer()
  try {
    await once(server.listen(Number(PORT)), 'listening')
  } catch (error) {
    const variable = `${name.toUpperCase()}_PORT`
    throw new Error(
      `Port ${PORT} for the ${name} can't be used (${error.code}): give another one in ${variable}`,
      { cause: error },
    )
  } finally {
    server.close()
  }
}

/**
 * The environments of the programs, as they are on this host: where one names a service and its port, that is
 * where the port is published, or where the program listens.
 */
async function onThisHost(services, compose) {
  const places = []
  for (const [name, { build, ports = [] }] of Object.entries(services)) {
    for (const port of ports.map(insideOf)) {
      const published = build ? `localhost:${port}` : compose.read('port', name, port)
      // oxlint-disable-next-line no-await-in-loop -- in order
      places.push([`${name}:${port}`, (await published).trim()])
    }
  }
  const moved = (text) =>
    places.reduce((moved, [inside, here]) => moved.replaceAll(inside, here), String(text))
  return Object.fromEntries(
    Object.entries(services).map(([name, { environment = {} }]) => [
      name,
      Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, moved(value ?? '')]),
      ),
    ]),
  )
}

/** Of `127.0.0.1:3000:3000/tcp` or, in the words of Docker's plug-in, of `{ target: 3000 }`. */
function insideOf(port) {
  return typeof port === 'string' ? /(\d+)(?:\/\w+)?$/.exec(port)[1] : String(port.target)
}

module.exports = { assertFree, onThisHost }
