'use strict'
const { mkdtempSync, readFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const jsonFileModel = require('./model')

// `npx oauth2-conformance ./conformance.js` checks this model, on a temporary file.
const file = path.join(mkdtempSync(path.join(tmpdir(), 'custom-model-')), 'oauth.json')
const model = jsonFileModel(file)

exports.name = 'a JSON file'
exports.create = () => ({ model })

/** The 2.4 contract can't create clients and users, so the suite passes the ones that it needs. */
exports.seed = ({ client, otherClient, user, otherUser }) => {
  const grants = ['password', 'refresh_token', 'authorization_code']
  for (const one of [client, otherClient]) model.addClient({ ...one, grants })
  for (const one of [user, otherUser]) model.addUser(one)
}

exports.raw = { dump: async () => readFileSync(file, 'utf8') }
