/** A page or a redirect. */
export interface Page {
  status: number
  /** Where a redirect leads. */
  location: string
  html: string
}

const hiddenField = /<input type="hidden" name="(\w+)" value="(.*?)">/g

/** A minimal browser: it keeps cookies and posts forms. It follows no redirect. */
export class Browser {
  private readonly cookies = new Map<string, string>()

  constructor(private readonly origin: string) {}

  get(path: string): Promise<Page> {
    return this.send(path, {})
  }

  /** Posts the last form of a page to `path`, with its hidden fields and the given ones. */
  submit(page: Page, path: string, fields: Record<string, string | string[]>): Promise<Page> {
    const form = page.html.slice(page.html.lastIndexOf('<form'))
    const body = new URLSearchParams()
    for (const [name, values] of Object.entries(fields)) {
      for (const value of [values].flat()) body.append(name, value)
    }
    for (const [, name = '', value = ''] of form.matchAll(hiddenField)) body.append(name, value)
    return this.send(path, { method: 'POST', body })
  }

  private async send(path: string, init: RequestInit): Promise<Page> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(new URL(path, this.origin), {
      ...init,
      redirect: 'manual',
      headers: { cookie },
    })
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      this.cookies.set(name, value)
    }
    const location = response.headers.get('location') ?? ''
    return { status: response.status, location, html: await response.text() }
  }
}
