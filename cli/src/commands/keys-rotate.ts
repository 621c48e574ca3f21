import { type Command, text } from '../command'
import { changeKeyFile, exposedMode, keyFile, readKeyFile } from '../keys/key-file'
import { algOption, defaultFile, fileOption, keyTable, summariesOf } from '../keys/key-output'
import { type FileKey, assertAlgorithm, keysToRotate, rotate } from '../keys/key-set'
import { secondsIn } from './client-options'

/** A day: longer than access tokens are usually valid. */
const defaultKeepSeconds = 86_400

export const rotateKeys: Command = {
  name: 'keys rotate',
  summary: 'lets the next key sign; the previous key stays published for a while',
  positionals: [],
  options: {
    file: fileOption,
    keep: {
      type: 'string',
      value: 'SECONDS',
      about: `how long the previous key stays published; default: ${defaultKeepSeconds}`,
    },
    alg: algOption,
  },
  notes: [
    'Without --alg, the new key has the algorithm of the one before it.',
    '--keep must be longer than the lifetime of your access tokens, by at least five minutes: an API\nrefuses a token once the key that signed it is no longer published. A server with keysFromFile()\nnotices the change within a minute, without a restart.',
  ],

  async run({ values, surroundings: { cwd, catchSignals } }) {
    const alg = text(values, 'alg')
    if (alg !== undefined) assertAlgorithm(alg)
    const keep = secondsIn(values, 'keep') ?? defaultKeepSeconds
    const file = keyFile(text(values, 'file') ?? defaultFile, cwd)
    const now = Math.floor(Date.now() / 1000)
    const notes: string[] = []
    let keys: readonly FileKey[] = []
    // An interruption would leave the lock behind.
    using _caught = catchSignals()
    await changeKeyFile(file, async () => {
      const before = await keysToRotate(readKeyFile(file), file.name)
      const rotation = await rotate(before, { alg, keep, now })
      const exposed = exposedMode(file)
      if (exposed !== undefined)
        notes.push(
          `${file.name} had the mode ${exposed}, so all users of this machine could read or change the keys. If somebody may have read it, generate new keys.`,
        )
      if (!rotation.changed)
        notes.push('The file had no next key, so the same key signs until the next rotation.')
      else if (keep < defaultKeepSeconds && before.some(({ exp }) => exp === undefined))
        notes.push(
          `APIs will refuse tokens of the previous key that are valid for longer than ${keep} s from now.`,
        )
      return (keys = rotation.keys)
    })
    const shown = summariesOf(keys, now)
    return {
      json: { file: file.path, keys: shown, notes },
      text: [`The keys in ${file.path}:`, keyTable(shown), ...notes].join('\n'),
    }
  },
}
