import { readFile, writeFile } from 'node:fs/promises'
import type { DrillResult } from './drill'
import type { HostileResult } from './hostile'
import type { SoakResult } from './soak'

/** The content of a file of results. */
export interface ResultFile {
  drills: DrillResult[]
  soaks: SoakResult[]
  hostile: HostileResult[]
}

/**
 * The results of drills, saved to a file if one is named. A drill that runs again replaces its
 * earlier result.
 */
export class Results {
  private constructor(
    private readonly file: string | undefined,
    readonly found: ResultFile,
  ) {}

  static async open(file: string | undefined): Promise<Results> {
    return new Results(file, await read(file))
  }

  async add(result: DrillResult): Promise<void> {
    await this.put('drills', result, ({ fault }) => fault === result.fault)
  }

  async addSoak(result: SoakResult): Promise<void> {
    await this.put('soaks', result, () => true)
  }

  async addHostile(result: HostileResult): Promise<void> {
    await this.put('hostile', result, ({ attack }) => attack === result.attack)
  }

  private async put<K extends keyof ResultFile>(
    kind: K,
    result: ResultFile[K][number],
    isSame: (other: ResultFile[K][number]) => boolean,
  ): Promise<void> {
    // Another process may have written in the meantime.
    const found = this.file === undefined ? this.found : await read(this.file)
    const list = found[kind] as ResultFile[K][number][]
    const at = list.findIndex((other) => other.store === result.store && isSame(other))
    if (at === -1) list.push(result)
    else list[at] = result
    if (this.file !== undefined) {
      await writeFile(this.file, `${JSON.stringify(found, null, 2)}\n`)
    }
  }
}

/** Reads a file of results. A missing file counts as empty. */
export async function read(file: string | undefined): Promise<ResultFile> {
  const none: ResultFile = { drills: [], soaks: [], hostile: [] }
  if (file === undefined) return none
  try {
    return { ...none, ...(JSON.parse(await readFile(file, 'utf8')) as Partial<ResultFile>) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return none
  }
}
