'use strict'

// A model that fails late: after the timeout, or after it has called back. The process must not
// crash. It ends by itself, and prints the statuses of its own requests.

const express = require('express')
const oauthserver = require('oauth2-server')

const failure = new Error('too late')
const late = []

let isRefused

/** Runs `act` after the request was refused, 20 ms after it was sent. */
function afterwards(act) {
  const done = new Promise((resolve) => (isRefused = resolve)).then(act)
  late.push(done.catch(() => {}))
  return done
}

const faults = {
  rejects: () => Promise.reject(failure),
  rejectsLate: () => afterwards(() => Promise.reject(failure)),
  answersLate: (callback) => void afterwards(() => callback(null, { expires: null })),
  failsLate: (callback) => void afterwards(() => callback(failure)),
  failsLateTwice: (callback) =>
    void afterwards(() => {
      callback(failure)
      callback(failure)
    }),
  answersAndRejectsLate(callback) {
    callback(null, { expires: null })
    return afterwards(() => Promise.reject(failure))
  },
  answersAndRejects(callback) {
    callback(null, { expires: null })
    return Promise.reject(failure)
  },
  failsAndRejects(callback) {
    callback(failure)
    return Promise.reject(failure)
  },
  failsAndThrows(callback) {
    callback(failure)
    throw failure
  },
}

async function statusOf(fault) {
  const getAccessToken = (_token, callback) => fault(callback)
  const oauth = oauthserver({ model: { getAccessToken }, storeTimeout: 20 })
  const app = express()
  app.get('/', oauth.authorise(), (_req, res) => res.send('in'))
  app.use(oauth.errorHandler())
  const server = app.listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const { status } = await fetch(`http://127.0.0.1:${server.address().port}/?access_token=any`)
  isRefused?.()
  server.close()
  return status
}

async function main() {
  const statuses = {}
  for (const [name, fault] of Object.entries(faults)) statuses[name] = await statusOf(fault)
  await Promise.all(late)
  process.stdout.write(JSON.stringify(statuses))
}

void main()
