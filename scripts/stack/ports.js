'use strict'
const { createServer } = require('node:net')

/** Throws if the port of a program is in use. The message names the variable that changes it. */
async function assertFree(name, { environment: { PORT }, ports }) {
  if (!ports) return
  const server = createServer()
  try {
    await new Promise((resolve, reject) => {
      server.once('error', reject).listen(Number(PORT), resolve)
    })
  } catch (error) {
    const variable = `${name.toUpperCase()}_PORT`
    throw new Error(
      `Port ${PORT} for the ${name} can't be used (${error.code}): set another one in ${variable}`,
      { cause: error },
    )
  } finally {
    server.close()
  }
}

/**
 * Returns the environments of the programs for this host. Each `service:port` in them is replaced:
 * by the address that Docker published for a container, or that a program listens on.
 */
function onThisHost(services, containers) {
  const places = [
    ...containers.flatMap(({ Config, NetworkSettings }) =>
      Object.entries(NetworkSettings.Ports).flatMap(([port, published]) => {
        const service = Config.Labels['com.docker.compose.service']
        const here = published && `${published[0].HostIp}:${published[0].HostPort}`
        return here ? [[`${service}:${Number.parseInt(port)}`, here]] : []
      }),
    ),
    ...Object.entries(services)
      .filter(([, { build, ports }]) => build && ports)
      .map(
        ([
          name,
          {
            environment: { PORT },
          },
        ]) => [`${name}:${PORT}`, `localhost:${PORT}`],
      ),
  ]
  const moved = (value) =>
    places.reduce((text, [inside, here]) => text.replaceAll(inside, here), String(value ?? ''))
  return Object.fromEntries(
    Object.entries(services).map(([name, { environment = {} }]) => [
      name,
      Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, moved(value)])),
    ]),
  )
}

module.exports = { assertFree, onThisHost }
