import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { demo } from './flow'

const script = path.join(__dirname, '../clients/client.py')
// Debian's Python, which finds Debian's packages.
const python = '/usr/bin/python3'

/** The names of the client libraries in Python. */
export const pythonLibraries = ['authlib', 'requests_oauthlib'] as const

/** What the library returned, or `refused` with the error that it raised. */
export type Answer = Record<string, unknown> & { refused?: string }

/** Whether that library is installed. */
export function hasPythonLibrary(name: (typeof pythonLibraries)[number]): boolean {
  return spawnSync(python, ['-c', `import requests, ${name}`]).status === 0
}

/** A client in Python, in a separate process that executes commands. */
export class PythonClient implements AsyncDisposable {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly answers: AsyncIterator<string>

  constructor(
    library: (typeof pythonLibraries)[number],
    issuer: string,
    environment: Record<string, string> = {},
  ) {
    this.child = spawn(python, [script, library], {
      env: {
        ISSUER: issuer,
        CLIENT_ID: demo.clientId,
        CLIENT_SECRET: demo.clientSecret,
        REDIRECT_URI: demo.redirectUri,
        ...environment,
      },
    })
    this.child.stderr.pipe(process.stderr)
    this.answers = createInterface(this.child.stdout)[Symbol.asyncIterator]()
  }

  /** Executes a command. Only one may run at a time. */
  async ask(command: string, parameters: Record<string, unknown>): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify({ do: command, ...parameters })}\n`)
    const { value, done } = await this.answers.next()
    if (done) throw new Error('The client in Python has ended')
    return JSON.parse(value) as Answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.child.once('close', resolve))
    this.child.stdin.end()
    await closed
  }
}
