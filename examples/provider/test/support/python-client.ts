import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { demo } from './flow'

const script = path.join(__dirname, '../clients/client.py')
// Debian's, for that is where Debian's packages are.
const python = '/usr/bin/python3'

/** The names of the client libraries in Python. */
export const pythonLibraries = ['authlib', 'requests_oauthlib'] as const

/** What the library gave, or `refused` with the error that it made of a refusal. */
export type Answer = Record<string, unknown> & { refused?: string }

/** Whether that library can be had here. */
export function hasPythonLibrary(name: (typeof pythonLibraries)[number]): boolean {
  return spawnSync(python, ['-c', `import requests, ${name}`]).status === 0
}

/** A client in Python, as a process of its own that does as it is told. */
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

  /** Has something done, one thing at a time. */
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
