/** A page or redirect that a visitor got. */
export interface Page {
  status: number
  headers: Headers
  /** Where a redirect leads. */
  location: URL | undefined
  html: string
  /** The URL of the request. */
  url: URL
}

const hiddenField = /<input type="hidden" name="(\w+)" value="(.*?)">/g

/** A minimal browser: it keeps cookies and posts the forms of pages. It follows no redirect. */
export class Visitor {
  readonly cookies = new Map<string, string>()

  constructor(private readonly origin: string) {}

  get(url: string | URL): Promise<Page> {
    return this.send(url, {})
  }

  /** Posts the last form of the page, with its hidden fields and the given fields. */
  submit(
    page: Page,
    filledIn: Fields,
    action: string | URL = page.url,
    signal?: AbortSignal,
  ): Promise<Page> {
    const form = page.html.slice(page.html.lastIndexOf('<form'))
    const body = new URLSearchParams()
    for (const [, name = '', value = ''] of form.matchAll(hiddenField)) body.append(name, value)
    for (const [name, values] of Object.entries(filledIn)) {
      for (const value of [values].flat()) body.append(name, value)
    }
    return this.post(action, body, signal)
  }

  post(
    url: string | URL,
    body: URLSearchParams | Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Page> {
    const init = { method: 'POST', body: new URLSearchParams(body) }
    return this.send(url, { ...init, ...(signal && { signal }) })
  }

  /** Another browser with the same cookies. */
  copy(): Visitor {
    const copy = new Visitor(this.origin)
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    return copy
  }

  private async send(to: string | URL, init: RequestInit): Promise<Page> {
    const url = new URL(to, this.origin)
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { Accept: 'text/html', ...(cookie && { Cookie: cookie }) },
    })
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const location = response.headers.get('location')
    return {
      url,
      status: response.status,
      headers: response.headers,
      location: location === null ? undefined : new URL(location, url),
      html: await response.text(),
    }
  }
}

type Fields = Record<string, string | string[]>

/** The text of a page, or of a part of it, without tags and entities. */
export function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
