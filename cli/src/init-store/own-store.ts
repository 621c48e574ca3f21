import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Files, filled, merged, read } from '../template-files'

/** The language of a skeleton. */
export type Language = 'typescript' | 'javascript'

const templates = path.resolve(__dirname, '../../templates/own-store')

/** Returns the files of a skeleton of a store, by their paths with forward slashes. */
export function ownStore(language: Language, name: string): Files {
  const extension = language === 'typescript' ? 'ts' : 'js'
  const words = {
    name,
    store: `src/store.${extension}`,
    conformance: `src/conformance.${extension}`,
    members: indentedTwice(readFileSync(path.join(templates, 'members.txt'), 'utf8')),
  }
  const layers = ['shared', language].map((folder) => read(path.join(templates, folder)))
  return new Map(Array.from(layers.reduce(merged), ([file, text]) => [file, filled(text, words)]))
}

function indentedTwice(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
