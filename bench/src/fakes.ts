import type { Handler } from './contenders/contender'

type Texts = Readonly<Record<string, string>>

/** The part of an Express request with a parsed body that the libraries read. */
export class FakeRequest {
  readonly url = '/'

  constructor(
    readonly method: string,
    readonly headers: Texts,
    readonly query: Texts,
    readonly body: Texts | undefined,
  ) {}

  static get(headers: Texts, query: Texts = {}): FakeRequest {
    return new FakeRequest('GET', headers, query, undefined)
  }

  static form(authorization: string, body: Texts): FakeRequest {
    // 2.4.1 needs nothing else, but @node-oauth/oauth2-server checks the length of the body.
    const headers = {
      authorization,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '1',
    }
    return new FakeRequest('POST', headers, {}, body)
  }

  get(name: string): string | undefined {
    return this.headers[name.toLowerCase()]
  }

  is(type: string): string | false {
    return this.headers['content-type'] === type && type
  }
}

/**
 * The part of an Express response that the libraries call. Keeps the answer and calls `answered`
 * when it is complete.
 */
export class FakeResponse {
  statusCode = 200
  headersSent = false
  body: string | Buffer = ''
  readonly headers: Record<string, string | number> = {}
  readonly locals: Record<string, unknown> = {}

  constructor(private readonly answered: () => void) {}

  setHeader(name: string, value: string | number): void {
    this.headers[name] = value
  }

  hasHeader(name: string): boolean {
    return name in this.headers
  }

  appendHeader(name: string, value: string): void {
    const before = this.headers[name]
    this.headers[name] = before === undefined ? value : `${before}, ${value}`
  }

  removeHeader(name: string): void {
    delete this.headers[name]
  }

  set(headers: Record<string, string>): this {
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, value)
    return this
  }

  status(code: number): this {
    this.statusCode = code
    return this
  }

  send(body: object): void {
    this.end(JSON.stringify(body))
  }

  jsonp(body: object): void {
    this.end(JSON.stringify(body))
  }

  end(body: string | Buffer): void {
    this.headersSent = true
    this.body = body
    this.answered()
  }
}

/** Calls a middleware, and resolves with the response when it has answered or called next(). */
export function answerOf(handler: Handler, request: FakeRequest): Promise<FakeResponse> {
  return new Promise((resolve, reject) => {
    const response: FakeResponse = new FakeResponse(() => resolve(response))
    handler(request as never, response as never, (error) => {
      if (error) reject(error)
      else resolve(response)
    })
  })
}
