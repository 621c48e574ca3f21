import { type Command, text } from '../command'
import { keyFile, readKeyFile, restrict } from '../keys/key-file'
import { defaultFile, fileOption, keyTable, summariesOf } from '../keys/key-output'
import { keysIn } from '../keys/key-set'

export const listKeys: Command = {
  name: 'keys list',
  summary: 'lists the keys in a file, without their key material',
  positionals: [],
  options: { file: fileOption },

  async run({ values, surroundings: { cwd } }) {
    const file = keyFile(text(values, 'file') ?? defaultFile, cwd)
    const shown = summariesOf(await keysIn(readKeyFile(file), file.name), Date.now() / 1000)
    const notes = restrict(file)
    return {
      json: { file: file.path, keys: shown, notes },
      text: [keyTable(shown), ...notes].join('\n'),
    }
  },
}
