import { type Command, text } from '../command'
import { exposedMode, keyFile, readKeyFile } from '../keys/key-file'
import { defaultFile, fileOption, keyTable, summariesOf } from '../keys/key-output'
import { keysIn } from '../keys/key-set'

export const listKeys: Command = {
  name: 'keys list',
  summary: 'lists the keys in a file, without their key material',
  positionals: [],
  options: { file: fileOption },

  async run({ values, surroundings: { cwd } }) {
    const file = keyFile(text(values, 'file') ?? defaultFile, cwd)
    const { keys } = await keysIn(readKeyFile(file), file.name)
    const shown = summariesOf(keys, Date.now() / 1000)
    const mode = exposedMode(file)
    const notes =
      mode === undefined
        ? []
        : [
            `${file.name} has the mode ${mode}, so all users of this machine can read or change the keys: chmod 600 it, or 640 for a server in its group. If somebody may have read it, generate new keys.`,
          ]
    return {
      json: { file: file.path, keys: shown, notes },
      text: [keyTable(shown), ...notes].join('\n'),
    }
  },
}
