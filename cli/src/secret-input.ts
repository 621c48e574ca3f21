import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { type Surroundings, UsageError } from './command'
import { Interrupted } from './signals'

const longest = 65_536

/**
 * Resolves with a password or secret from an environment variable, or else from the standard input
 * without its trailing line break. At a terminal it asks twice, and doesn't echo the input.
 */
export async function readSecret(
  what: 'password' | 'secret',
  variable: string | undefined,
  surroundings: Surroundings,
): Promise<string> {
  if (variable !== undefined) {
    const value = surroundings.env[variable]
    if (value) return value
    throw new UsageError(`--${what}-env: the variable "${variable}" is not set`)
  }
  const { stdin } = surroundings
  const given = stdin.isTTY ? await ask(what, surroundings) : await readAll(stdin)
  const secret = given.replace(/\r?\n$/, '')
  if (secret === '') throw new UsageError(`the standard input has no ${what}`)
  return secret
}

async function readAll(stdin: Surroundings['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Buffer | string)
    length += bytes.length
    if (length > longest) throw new UsageError(`the standard input has more than ${longest} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Asks twice, because a mistake can't be seen. */
async function ask(what: string, { stdin, stderr }: Surroundings): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: true })
  const entered = lines[Symbol.asyncIterator]()
  let isInterrupted = false
  lines.once('SIGINT', () => {
    isInterrupted = true
    lines.close()
  })
  const answer = async (question: string): Promise<string> => {
    stderr.write(question)
    const { done, value = '' } = await entered.next()
    stderr.write('\n')
    if (isInterrupted) throw new Interrupted('SIGINT')
    if (done) throw new UsageError(`no ${what} was entered`)
    return value
  }
  try {
    const first = await answer(`${what}: `)
    if (first !== '' && (await answer(`${what} again: `)) !== first) {
      throw new UsageError(`the two inputs differ, so no ${what} was set`)
    }
    return first
  } finally {
    lines.close()
  }
}
