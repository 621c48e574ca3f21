import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { demo } from './flow'
import { freePort } from '../../../../test/support/free-port'

const examples = path.resolve(__dirname, '../../..')
const cheapPasswords = path.join(__dirname, 'cheap-passwords.cjs')
// On SIGUSR2, Node prints where the program is. Far more than a start takes on a busy machine.
const reports = ['--report-on-signal', '--report-compact', '--report-filename=stdout']
const longestStartMs = 300_000

/** One of the built examples, in a separate process. */
export class Program implements AsyncDisposable {
  /** What it has printed so far. */
  output = ''
  /** Its exit code, or `null` if a signal has ended it. */
  readonly exit: Promise<number | null>
  private readonly child: ChildProcess

  constructor(name: 'provider' | 'client' | 'mcp', environment: Record<string, string>) {
    const main = path.join(examples, name, 'dist/main.js')
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build first`)
    const { PATH = '' } = process.env
    const argv = [...reports, '--require', cheapPasswords, main]
    this.child = spawn(process.execPath, argv, { env: { PATH, PORT: '0', ...environment } })
    this.child.stdout?.on('data', (text) => (this.output += text))
    this.child.stderr?.on('data', (text) => (this.output += text))
    this.exit = new Promise((resolve, reject) => {
      this.child.once('close', resolve)
      this.child.once('error', reject)
    })
  }

  /**
   * The URL that it prints when it listens. Rejects if it ends first, or if it does neither: then the
   * error shows where the program hangs.
   */
  async url(): Promise<string> {
    const asking = setTimeout(() => this.child.kill('SIGUSR2'), longestStartMs)
    const ending = setTimeout(() => this.child.kill('SIGKILL'), longestStartMs + 10_000)
    try {
      return await this.printedUrl()
    } finally {
      clearTimeout(asking)
      clearTimeout(ending)
    }
  }

  private async printedUrl(): Promise<string> {
    for (;;) {
      const url = /^Listening on (\S+)$/m.exec(this.output)?.[1]
      if (url !== undefined) return url
      const more = new Promise((resolve) => this.child.stdout?.once('data', () => resolve('more')))
      if ((await Promise.race([more, this.exit])) !== 'more') {
        throw new Error(`The program ended, and printed:\n${this.output}`)
      }
    }
  }

  /** Sends a signal, and waits until it ends. Kills it after 20 seconds. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal)
    setTimeout(() => this.child.kill('SIGKILL'), 20_000).unref()
    return this.exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** A program that listens. */
export interface Running extends AsyncDisposable {
  program: Program
  url: string
}

/**
 * Starts the provider. By default it has no rate limit, remembers no consent, and has a store
 * timeout that is long enough for a busy machine.
 */
export function startProvider(environment: Record<string, string> = {}): Promise<Running> {
  return running(
    new Program('provider', {
      RATE_LIMIT: 'off',
      REMEMBER_CONSENT: 'off',
      STORE_TIMEOUT: '60',
      ...environment,
    }),
  )
}

/**
 * Starts a provider, and a client that is registered there. The redirect URI of a confidential
 * client includes its port, so the port is chosen first.
 */
export async function startBoth(
  ofProvider: Record<string, string> = {},
  ofClient: Record<string, string> = {},
): Promise<{ provider: Running; client: Running }> {
  const PORT = String(await freePort())
  const redirectUris = `${demo.redirectUri} http://127.0.0.1:${PORT}/callback`
  const provider = await startProvider({ DEMO_REDIRECT_URI: redirectUris, ...ofProvider })
  return { provider, client: await startClient(provider.url, { PORT, ...ofClient }) }
}

/** Starts a client of that provider, on a host where the port of a public client may vary. */
export function startClient(
  issuer: string,
  environment: Record<string, string> = {},
): Promise<Running> {
  const CLIENT_HOST = '127.0.0.1'
  return running(new Program('client', { ISSUER: issuer, CLIENT_HOST, ...environment }))
}

async function running(program: Program): Promise<Running> {
  const url = await program.url()
  return { program, url, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}
