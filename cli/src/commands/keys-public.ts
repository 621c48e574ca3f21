import { type Command, text } from '../command'
import { keyFile, readKeyFile } from '../keys/key-file'
import { defaultFile, fileOption } from '../keys/key-output'
import { keysIn, statesOf } from '../keys/key-set'

export const publicKeys: Command = {
  name: 'keys public',
  summary: 'prints the public halves of the keys in a file, as a JWK Set',
  positionals: [],
  options: { file: fileOption },
  notes: [
    'For a client that authenticates with private_key_jwt: register its public keys with\nclient create --jwks FILE. A server publishes its own public keys itself.',
  ],

  async run({ values, surroundings: { cwd } }) {
    const file = keyFile(text(values, 'file') ?? defaultFile, cwd)
    const { keys, publicKeys: halves } = await keysIn(readKeyFile(file), file.name)
    const states = statesOf(keys, Date.now() / 1000)
    const json = { keys: halves.filter((_, at) => states[at] !== 'ended') }
    return { json, text: JSON.stringify(json, null, 2) }
  },
}
