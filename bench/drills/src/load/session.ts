import type { Account } from './account'
import { type Answer, ask } from './agent'

/** A user who is signed in at one provider process, which keeps its sessions to itself. */
export class Session {
  private readonly cookies = new Map<string, string>()
  private csrf: Promise<string | null> | undefined

  constructor(
    private readonly origin: string,
    private readonly account: Account,
    private readonly note: (answer: Answer) => void,
  ) {}

  /** Signs in, unless that is done: gives the CSRF token of forms, or `null` where it failed. */
  async open(): Promise<string | null> {
    // One sign-in for all who come at the same time.
    this.csrf ??= this.signIn()
    const csrf = await this.csrf
    if (csrf === null) this.csrf = undefined
    return csrf
  }

  /** Allows the authorization request, as by the consent page's form; `null` = nobody is signed in. */
  async allow(url: URL, formId: string): Promise<Answer | null> {
    const csrf = await this.open()
    if (csrf === null) return null
    const granted = url.searchParams.get('scope') ?? ''
    const form = { _csrf: csrf, form_id: formId, decision: 'allow', granted }
    const answer = await ask(url, { form, headers: { cookie: this.cookie() } })
    // The process was another one: its sessions are gone.
    if (answer.status === 403) this.csrf = undefined
    return answer
  }

  private async signIn(): Promise<string | null> {
    this.cookies.clear()
    const page = await this.send('/sign-in')
    const { username, password } = this.account
    const { status } = await this.send('/sign-in', { username, password, _csrf: csrfIn(page) })
    if (page.status !== 200 || status !== 303) return null
    // The start page has a form for whoever is signed in.
    return csrfIn(await this.send('/')) || null
  }

  private async send(path: string, form?: Record<string, string>): Promise<Answer> {
    const headers = this.cookies.size === 0 ? undefined : { cookie: this.cookie() }
    const answer = await ask(new URL(path, this.origin), { form, headers })
    this.note(answer)
    for (const text of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(text) ?? []
      if (name === undefined || value === undefined) continue
      // An empty one is taken away.
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  private cookie(): string {
    return [...this.cookies].map((pair) => pair.join('=')).join('; ')
  }
}

/** Where an answer redirects to. */
export function locationOf({ headers: { location } }: Answer): URL | undefined {
  return location === undefined ? undefined : new URL(location, 'http://localhost')
}

function csrfIn({ body }: Answer): string {
  return /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
}
