import { readFile, writeFile } from 'node:fs/promises'
import type { DrillResult } from './drill'

/** The results of drills, in a file where one is named: a drill that is run again replaces its own. */
export class Results {
  private constructor(
    private readonly file: string | undefined,
    readonly drills: DrillResult[],
  ) {}

  static async open(file: string | undefined): Promise<Results> {
    if (file === undefined) return new Results(file, [])
    try {
      const { drills } = JSON.parse(await readFile(file, 'utf8')) as { drills: DrillResult[] }
      return new Results(file, drills)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return new Results(file, [])
    }
  }

  async add(result: DrillResult): Promise<void> {
    const at = this.drills.findIndex(
      ({ store, fault }) => store === result.store && fault === result.fault,
    )
    if (at === -1) this.drills.push(result)
    else this.drills[at] = result
    if (this.file === undefined) return
    await writeFile(this.file, `${JSON.stringify({ drills: this.drills }, null, 2)}\n`)
  }
}
