import { type ChildProcess, spawn } from 'node:child_process'

/** One of the clients, in a separate process on a free port. */
export class ClientProgram implements AsyncDisposable {
  /** What it has printed so far. */
  output = ''
  /** Its exit code, or `null` if a signal has ended it. */
  readonly exit: Promise<number | null>
  private readonly child: ChildProcess

  constructor(file: string, environment: Record<string, string>) {
    const { PATH = '' } = process.env
    this.child = spawn(process.execPath, [file], { env: { PATH, PORT: '0', ...environment } })
    this.child.stdout?.on('data', (text) => (this.output += text))
    this.child.stderr?.on('data', (text) => (this.output += text))
    this.exit = new Promise((resolve) => this.child.once('close', resolve))
  }

  /** Waits until the output matches. Rejects if the program ends first. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output)
      if (found) return found
      const more = new Promise((resolve) => this.child.stdout?.once('data', () => resolve('more')))
      const what = await Promise.race([more, this.exit])
      if (what !== 'more' && !pattern.test(this.output)) {
        throw new Error(`The program ended, and printed:\n${this.output}`)
      }
    }
  }

  /** Its URL on the loopback address, where the port of a redirect URI may vary. */
  async loopbackUrl(): Promise<string> {
    const [, port] = await this.printed(/^Listening on http:\/\/localhost:(\d+)$/m)
    return `http://127.0.0.1:${port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exit
  }
}
