'use strict'
// Writes the methods of the store that `oauth2-kit init-store` generates, from the store contract:
// `node scripts/own-store-members.js`, after a change of core/src/contract/store.ts. A test compares.
const { readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const contract = path.resolve(__dirname, '../core/src/contract/store.ts')
const template = path.resolve(__dirname, '../cli/templates/own-store/members.txt')

/** Returns the members of an object literal: each method with its comment and an error. */
function members() {
  const source = readFileSync(contract, 'utf8')
  const [, store = ''] = /^export interface Store \{\n([^]*?)^\}/m.exec(source) ?? []
  const methods = [
    ...store.matchAll(/( {2}\/\*\*(?:(?!\*\/)[^])*\*\/\n) {2}(\w+)\??\(([^]*?)\): Promise</g),
  ]
  return methods
    .map(([, comment, name, parameters]) => {
      const names = [...parameters.matchAll(/(\w+): /g)].map(([, one]) => one).join(', ')
      return `${comment}  async ${name}(${names}) {\n    return notImplemented('${name}')\n  },\n`
    })
    .join('\n')
}

module.exports = { members, template }
if (require.main === module) writeFileSync(template, members())
