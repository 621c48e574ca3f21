import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../programs'

/** The guide for those who run `oauth2-server` 3 to 5. */
export const document = 'docs/upgrading/from-3-to-5.md'

const guide = readFileSync(path.join(root, document), 'utf8')

/** Returns the text of a section of the guide, with its subsections and without its heading. */
export function section(heading: string): string {
  const level = /^#+/.exec(heading)![0]
  const found = guide.split(`\n${heading}\n`)[1]
  if (found === undefined) throw new Error(`The guide has no section "${heading}"`)
  return found.split(new RegExp(`^#{2,${level.length}} `, 'm'))[0]!
}

/** Returns the first cell of each row of the tables of a section. */
export function rowsOf(heading: string): string[] {
  const rows = section(heading).matchAll(/^\|(?!-)(.*?) \|/gm)
  return [...rows].map(([, cell]) => cell!.trim())
}
