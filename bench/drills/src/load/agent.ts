import { Agent, type IncomingHttpHeaders, request } from 'node:http'

/** How long a client waits at most, in milliseconds: far longer than any response may take. */
const patienceMs = 20_000

/**
 * Closes idle connections before the provider does, because it could close one while a request is
 * being sent.
 */
const agent = new Agent({ keepAlive: true, timeout: 2_000 })

/** The options of a request. */
export interface RequestOptions {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  form?: Record<string, string>
}

/** The response to a request. The status is 0 if the connection broke; `broke` is the reason. */
export interface Answer {
  start: number
  end: number
  status: number
  headers: IncomingHttpHeaders
  body: string
  broke: string | null
}

/** Sends one request, without following redirects or retrying. Never rejects. */
export function sendRequest(url: string | URL, options: RequestOptions = {}): Promise<Answer> {
  const start = now()
  const form = options.form && new URLSearchParams(options.form).toString()
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve) => {
    const done = (answer: Partial<Answer>) =>
      resolve({ start, end: now(), status: 0, headers: {}, body: '', broke: null, ...answer })
    const req = request(url, {
      method: options.method ?? (form === undefined ? 'GET' : 'POST'),
      headers: { ...type, ...options.headers },
      agent,
      signal: AbortSignal.timeout(patienceMs),
    })
    req.on('error', (error: NodeJS.ErrnoException) => done({ broke: error.code ?? error.name }))
    req.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('error', (error: NodeJS.ErrnoException) =>
        done({ broke: error.code ?? error.name }),
      )
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body }),
      )
    })
    req.end(form)
  })
}

/**
 * Returns the milliseconds since the epoch, with fractions: the same clock in all processes of this
 * machine.
 */
function now(): number {
  return performance.timeOrigin + performance.now()
}
