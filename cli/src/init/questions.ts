import { type Interface, createInterface } from 'node:readline'
import { type Surroundings, UsageError } from '../command'
import { Interrupted } from '../signals'
import { table } from '../table'

/** An answer to choose. */
export interface Choice {
  name: string
  /** What it is, in a few words. */
  about: string
}

/** Asks questions at a terminal. */
export class Questions implements Disposable {
  private readonly surroundings: Pick<Surroundings, 'stdin' | 'stderr'>
  private lines: Interface | undefined
  private answers: AsyncIterator<string> | undefined
  private isInterrupted = false

  constructor(surroundings: Pick<Surroundings, 'stdin' | 'stderr'>) {
    this.surroundings = surroundings
  }

  /** Asks for one of the choices, by number or name. The first one is the default. */
  async choose<C extends Choice>(question: string, choices: readonly C[]): Promise<C> {
    const { stderr } = this.surroundings
    const [first] = choices
    const rows = choices.map(({ name, about }, index) => [`  ${index + 1}`, name, about])
    const prompt = `Number or name [${first?.name}]: `
    stderr.write(`${question}\n\n${table(rows)}\n\n${prompt}`)
    for (;;) {
      const answer = await this.answer()
      const chosen =
        answer === ''
          ? first
          : (choices[Number(answer) - 1] ?? choices.find(({ name }) => name === answer))
      if (chosen) return chosen
      stderr.write(`Unknown answer. ${prompt}`)
    }
  }

  [Symbol.dispose](): void {
    this.lines?.close()
  }

  private async answer(): Promise<string> {
    const { stdin, stderr } = this.surroundings
    this.lines ??= createInterface({ input: stdin, output: stderr }).once('SIGINT', () => {
      this.isInterrupted = true
      this.lines?.close()
    })
    // One iterator for all questions, because the input may contain several lines.
    this.answers ??= this.lines[Symbol.asyncIterator]()
    const { value, done } = await this.answers.next()
    if (this.isInterrupted) throw new Interrupted('SIGINT')
    if (done) throw new UsageError('a question has no answer, so nothing was written')
    return value.trim().toLowerCase()
  }
}
