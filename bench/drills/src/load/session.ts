import type { Account } from './account'
import { type Answer, sendRequest } from './agent'

/** A user's session at one provider process. Processes don't share sessions. */
export class Session {
  private readonly cookies = new Map<string, string>()
  private csrf: Promise<string | null> | undefined

  constructor(
    private readonly origin: string,
    private readonly account: Account,
    private readonly note: (answer: Answer) => void,
  ) {}

  /**
   * Signs in unless the user is signed in. Resolves with the CSRF token for forms, or with `null`
   * on failure.
   */
  async open(): Promise<string | null> {
    // Concurrent callers share one sign-in.
    this.csrf ??= this.signIn()
    const csrf = await this.csrf
    if (csrf === null) this.csrf = undefined
    return csrf
  }

  /**
   * Allows the authorization request, as the form of the consent page would. Resolves with `null`
   * if the sign-in failed.
   */
  async allow(url: URL, formId: string): Promise<Answer | null> {
    const csrf = await this.open()
    if (csrf === null) return null
    const granted = url.searchParams.get('scope') ?? ''
    const form = { _csrf: csrf, form_id: formId, decision: 'allow', granted }
    const answer = await sendRequest(url, { form, headers: { cookie: this.cookie() } })
    // The process was restarted, so its sessions are gone.
    if (answer.status === 403) this.csrf = undefined
    return answer
  }

  private async signIn(): Promise<string | null> {
    this.cookies.clear()
    const page = await this.send('/sign-in')
    const { username, password } = this.account
    const { status } = await this.send('/sign-in', { username, password, _csrf: csrfIn(page) })
    if (page.status !== 200 || status !== 303) return null
    // The start page has a form for signed-in users.
    return csrfIn(await this.send('/')) || null
  }

  private async send(path: string, form?: Record<string, string>): Promise<Answer> {
    const headers = this.cookies.size === 0 ? undefined : { cookie: this.cookie() }
    const answer = await sendRequest(new URL(path, this.origin), { form, headers })
    this.note(answer)
    for (const text of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(text) ?? []
      if (name === undefined || value === undefined) continue
      // An empty value removes the cookie.
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  private cookie(): string {
    return [...this.cookies].map((pair) => pair.join('=')).join('; ')
  }
}

/** Returns the URL to which a response redirects. */
export function locationOf({ headers: { location } }: Answer): URL | undefined {
  return location === undefined ? undefined : new URL(location, 'http://localhost')
}

function csrfIn({ body }: Answer): string {
  return /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
}
