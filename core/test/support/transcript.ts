import { once } from 'node:events'
import { type Replacement, startNode } from './child'

/** A request of a script. `<name>` is replaced by a value from an earlier response. */
export interface Line {
  ask: string
  headers?: Record<string, string>
  form?: Record<string, string>
  json?: unknown
  /** The names under which values of the response are kept for later lines. */
  keep?: Record<string, string>
}

/** A request to the token endpoint. */
export function token(form: Record<string, string>, rest: Partial<Line> = {}): Line {
  return { ask: 'POST /oauth/token', form, ...rest }
}

/** The response that the client received, with every token masked. */
export interface Answer {
  ask: string
  status: number
  headers: Record<string, string>
  body: string
}

const compared = ['content-type', 'cache-control', 'pragma', 'www-authenticate', 'location']

/** Runs a program, sends it the script line by line, and returns its responses. */
export async function transcriptOf(
  file: string,
  replacement: Replacement,
  script: readonly Line[],
): Promise<Answer[]> {
  const child = startNode(file, replacement)
  try {
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr.on('data', (text: Buffer) => (output += text.toString()))
    const ended = once(child, 'close').then(() => {
      throw new Error(`The program ended: ${output}`)
    })
    while (!/port \d+/.test(output)) {
      await Promise.race([once(child.stdout, 'data'), ended])
    }
    ended.catch(() => {})
    const url = `http://127.0.0.1:${/port (\d+)/.exec(output)?.[1]}`
    const kept: Record<string, string> = {}
    const answers: Answer[] = []
    for (const line of script) answers.push(await answerTo(line, url, kept))
    return answers
  } finally {
    child.kill()
  }
}

async function answerTo(line: Line, url: string, kept: Record<string, string>): Promise<Answer> {
  const { ask, headers, form, json, keep } = fill(line, kept)
  const [method = '', path = ''] = ask.split(' ')
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(json !== undefined && { 'Content-Type': 'application/json' }) },
    body: form ? new URLSearchParams(form) : json === undefined ? undefined : JSON.stringify(json),
  })
  const body = await response.text()
  const location = response.headers.get('location')
  const values = location
    ? Object.fromEntries(new URL(location).searchParams)
    : body.startsWith('{')
      ? (JSON.parse(body) as Record<string, string>)
      : {}
  for (const [name, from] of Object.entries(keep ?? {})) kept[name] = values[from] ?? ''
  return {
    ask: line.ask,
    status: response.status,
    headers: Object.fromEntries(
      compared.flatMap((name) => {
        const value = response.headers.get(name)
        return value === null ? [] : [[name, masked(value)]]
      }),
    ),
    // Express writes the body of a redirect.
    body: location ? '' : masked(body),
  }
}

function fill<T>(value: T, kept: Record<string, string>): T {
  const text = JSON.stringify(value).replace(/<(\w+)>/g, (_all, name: string) => kept[name] ?? '')
  return JSON.parse(text) as T
}

function masked(text: string): string {
  return text.replace(/\b[0-9a-f]{40}\b/g, '<token>')
}
