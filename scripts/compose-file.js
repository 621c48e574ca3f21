'use strict'
const { stringify } = require('yaml')

/** The ports of the databases in docker-compose.test.yml, on 127.0.0.1. */
const ports = {
  postgres: [25432],
  mariadb: [23306],
  mongodb: [27117],
  'mongodb-replica': [27201, 27202, 27203],
  redis: [26379],
  'redis-cluster': [27001, 27002, 27003, 27004, 27005, 27006],
}

/** Returns the URL of each database, by its environment variable. */
function composeUrls({ recipes, urlVariable }) {
  return Object.fromEntries(
    Object.entries(recipes).map(([name, { url }]) => [
      urlVariable(name),
      url('127.0.0.1', ports[name]),
    ]),
  )
}

/** Returns the text of docker-compose.test.yml: the databases as Testcontainers starts them. */
function composeFile(databases) {
  const services = Object.fromEntries(
    Object.entries(databases.recipes).map(([name, recipe]) => [name, service(name, recipe)]),
  )
  const urls = Object.entries(composeUrls(databases)).map(([name, url]) => `#   ${name}='${url}'\n`)
  // Python's docker-compose reads YAML 1.1, where a bare `no` is a boolean.
  return `# Databases for the tests: docker-compose -f docker-compose.test.yml up -d
# Tests use them if these variables are set. \`npm run test:compose\` does all of this.
${urls.join('')}# Generated from the recipes of Testcontainers by \`npm run test:compose write\`.
${stringify({ services }, { version: '1.1', lineWidth: 0, singleQuote: true })}`
}

function service(name, recipe) {
  const inside = recipe.port ? [recipe.port] : ports[name]
  return {
    image: `\${${recipe.imageVariable}:-${recipe.image}}`,
    command: recipe.command(inside).map(escape),
    ...(recipe.environment && { environment: recipe.environment }),
    tmpfs: recipe.data,
    ports: inside.map((port, i) => `127.0.0.1:${ports[name][i]}:${port}`),
    healthcheck: {
      test: ['CMD-SHELL', escape(recipe.ready)],
      interval: '1s',
      timeout: '10s',
      retries: 180,
    },
    stop_grace_period: '1s',
  }
}

/** Escapes dollar signs, because Compose would substitute its own variables. */
function escape(text) {
  return text.replaceAll('$', '$$$$')
}

module.exports = { composeFile, composeUrls }
