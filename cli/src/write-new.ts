import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import type { Files } from './template-files'

type Undo = (() => void)[]

/**
 * Writes all files into a folder, or none of them. Creates the folder if it doesn't exist, and
 * never replaces a file. `secret` names the file that only its owner may read.
 */
export function writeNew(folder: string, files: Files, secret: string): void {
  const undo: Undo = []
  try {
    makeFolder(folder, undo)
    for (const [name, text] of files) {
      const file = path.join(folder, name)
      makeFolder(path.dirname(file), undo)
      write(file, text, name === secret ? 0o600 : 0o666, undo)
    }
  } catch (error) {
    for (const step of undo.toReversed()) step()
    throw error
  }
}

function makeFolder(folder: string, undo: Undo): void {
  if (existsSync(folder)) return
  makeFolder(path.dirname(folder), undo)
  mkdirSync(folder)
  undo.push(() => rmdirSync(folder))
}

function write(file: string, text: string, mode: number, undo: Undo): void {
  const opened = openSync(file, 'wx', mode)
  undo.push(() => rmSync(file))
  try {
    writeFileSync(opened, text)
  } finally {
    closeSync(opened)
  }
}
