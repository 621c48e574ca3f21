import path from 'node:path'
import type { Command } from '../command'
import { ownStore } from '../init-store/own-store'
import { writeNew } from '../write-new'
import { assertEmpty, indented, orUsageError, packageName, stepsInto } from '../new-folder'

export const initStore: Command = {
  name: 'init-store',
  summary: 'creates a skeleton of your own store, with the suite that tests it',
  positionals: ['[FOLDER]'],
  options: {
    javascript: { type: 'boolean', about: 'write JavaScript instead of TypeScript' },
  },
  notes: ['FOLDER must be new or empty. Default: the current folder.'],

  async run({ values, positionals: [folder = '.'], surroundings: { cwd } }) {
    const target = path.resolve(cwd, folder)
    orUsageError(folder, 'read', () =>
      assertEmpty(target, folder, 'oauth2-kit init-store my-store'),
    )
    const language = values['javascript'] ? 'javascript' : 'typescript'
    const files = ownStore(language, packageName(target, 'own-store'))
    orUsageError(folder, 'written', () => writeNew(target, files, ''))
    const written = [...files.keys()].toSorted()
    const next = [
      ...stepsInto(target, cwd),
      'npm install',
      'npm run test:contract   # fails until the methods are written',
    ]
    return {
      json: { folder: target, language, files: written, next },
      text: `A skeleton of a store, in ${target}:
${indented(written)}

Next steps:
${indented(next)}

README.md says in which order to write the methods.`,
    }
  },
}
