import { type Command, text } from '../command'
import { assertNew, changeKeyFile, keyFile } from '../keys/key-file'
import { algOption, defaultFile, fileOption, keyTable, summariesOf } from '../keys/key-output'
import { assertAlgorithm, defaultAlgorithm, newKey } from '../keys/key-set'
import { indented } from '../new-folder'

export const generateKeys: Command = {
  name: 'keys generate',
  summary:
    'writes new keys to a file, for JWT access tokens or private_key_jwt; never prints a private key',
  positionals: [],
  options: { file: fileOption, alg: algOption },
  notes: [
    'Without --alg, the keys are for ES256.',
    'It writes two keys: the one that signs, and the one that signs after the next rotation. Both are\npublished, so that every API knows a key before it signs. An existing file is never replaced.',
  ],

  async run({ values, surroundings: { cwd, catchSignals } }) {
    const alg = text(values, 'alg') ?? defaultAlgorithm
    assertAlgorithm(alg)
    const file = keyFile(text(values, 'file') ?? defaultFile, cwd)
    assertNew(file)
    const keys = [await newKey(alg), await newKey(alg)]
    // An interruption would leave the lock behind.
    using _caught = catchSignals()
    await changeKeyFile(file, async () => {
      assertNew(file)
      return keys
    })
    const shown = summariesOf(keys, Date.now() / 1000)
    const next = [
      `For a server, an option of oauthserver():  keys: keysFromFile('${file.name}')`,
      `For a client, its public keys to register: oauth2-kit keys public --file ${file.name}`,
      `Regularly, such as every three months:     oauth2-kit keys rotate --file ${file.name}`,
    ]
    return {
      json: { file: file.path, keys: shown, next },
      text: `New keys, in ${file.path}, which only its owner can read (mode 0600):
${keyTable(shown)}

Keep the file out of version control. Next steps:
${indented(next)}`,
    }
  },
}
