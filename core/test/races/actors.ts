import {
  authenticateUser,
  deleteClient,
  deleteUser,
  purge,
  revokeGrants,
  rotateClientSecret,
  setPassword,
  updateClient,
} from '@oauth2-kit/core'
import type { Scheduler } from 'fast-check'
import type { History } from './history'
import type { AdminStep, ClientProperty, Session } from './program'
import {
  type World,
  type WorldClient,
  firstPassword,
  issuer,
  newClient,
  newVerifier,
  passwords,
} from './world'

/** Tokens that a client received. */
export interface Given {
  access: string
  refresh?: string
  /** The code or refresh token that was redeemed; none for a client_credentials token. */
  for?: string
  clientId: string
  userId: string | null
  /** When the request for them began, and when its response arrived. */
  asked: number
  answered: number
}

/** What the actors saw. */
export interface Seen {
  given: Given[]
  /** Responses that a client must not get if it has done nothing wrong. */
  refusals: { session: number; step: string; status: number; body: string }[]
  /** Sessions that revoked or replayed a token themselves. */
  ended: Set<number>
}

const mostTries = 40
const allowedStatuses = new Set([200, 302, 303, 400, 401, 403, 503])

export class Actors {
  readonly seen: Seen = { given: [], refusals: [], ended: new Set() }
  #values = 0

  constructor(
    private readonly world: World,
    private readonly history: History,
    private readonly scheduler: Scheduler,
  ) {}

  async administrate(steps: readonly AdminStep[]): Promise<void> {
    for (const step of steps) await this.#administer(step)
  }

  async #administer(step: AdminStep): Promise<void> {
    const { scheduled: store, clients, users, clock } = this.world
    switch (step.do) {
      case 'change client': {
        const { id, redirectUri } = clients[step.client]!
        const value = this.#valueOf(step.property, redirectUri)
        const change = { [step.property]: value }
        await this.history.record(`change ${id} ${step.property}`, value, () =>
          updateClient(store, id, change),
        )
        return
      }
      case 'rotate secret': {
        const { id } = clients[step.client]!
        const made = { secret: '' }
        await this.history.record(`rotate ${id}`, made, async () => {
          made.secret = (await rotateClientSecret(store, id, { passwords })).secret!
        })
        if (made.secret) clients[step.client]!.secret = made.secret
        return
      }
      case 'delete client': {
        const { id } = clients[step.client]!
        await this.history.record(`delete ${id}`, null, () => deleteClient(store, id))
        return
      }
      case 'create client': {
        const { id } = clients[step.client]!
        await this.history.record(`create ${id}`, null, async () => {
          clients[step.client]!.secret = (await newClient(store, id)).secret
        })
        return
      }
      case 'set password': {
        const { username } = users[step.user]!
        const password = `password ${this.#values++}`
        await this.history.record(`password ${username}`, password, () =>
          setPassword(store, username, password, { passwords }),
        )
        return
      }
      case 'delete user': {
        const { id, username } = users[step.user]!
        await this.history.record(`delete ${id}`, null, () =>
          deleteUser(store, username, { now: () => clock.at }),
        )
        return
      }
      case 'revoke user': {
        const { id } = users[step.user]!
        await this.history.record(`revoke ${id}`, null, () => revokeGrants(store, { userId: id }))
        return
      }
      case 'purge':
        await this.history.record('purge', null, () => purge(store, { now: () => clock.at }))
    }
  }

  #valueOf(property: ClientProperty, redirectUri: string): unknown {
    const n = this.#values++
    switch (property) {
      case 'name':
        return `name ${n}`
      case 'redirectUris':
        return [redirectUri, `https://other.example/${n}`]
      case 'metadata':
        return { n }
      case 'accessTokenLifetime':
      default:
        return 100_000 + n
    }
  }

  /** A user signs in at the application, which renews the hash of the password. */
  async signIn(user: number): Promise<void> {
    const { scheduled, users } = this.world
    const { username } = users[user]!
    await this.history.record(`sign in ${username}`, null, () =>
      authenticateUser(scheduled, username, firstPassword, passwords),
    )
  }

  /** Moves the clock, and with it the timeouts of all calls in progress. */
  async moveClock(steps: readonly number[]): Promise<void> {
    for (const step of steps) {
      await this.scheduler.schedule(Promise.resolve(), `clock: ${step} ms`)
      this.world.clock.at += step
      jest.advanceTimersByTime(step)
    }
  }

  async ownToken(client: number): Promise<void> {
    const { clients, processes } = this.world
    const answer = await this.#untilAnswered(() =>
      this.#post(processes[client % 2]!, clients[client]!, 'token', {
        grant_type: 'client_credentials',
      }),
    )
    this.#keep(answer, { clientId: clients[client]!.id, userId: null })
  }

  async runSession(session: Session, number: number): Promise<void> {
    const { clients, users, processes } = this.world
    const client = clients[session.client]!
    const user = users[session.user]!
    const oauth = processes[session.process]!
    const { verifier, challenge } = newVerifier()
    const code = await this.#getCode(oauth, client, user.id, challenge)
    if (code === null) return
    const owner = { clientId: client.id, userId: user.id }
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: client.redirectUri,
    }
    const answer = await this.#untilAnswered(() => this.#post(oauth, client, 'token', form))
    let tokens = this.#keep(answer, { ...owner, for: code })
    if (!tokens) return this.#refused(number, 'code', answer)
    const redeemed: string[] = []
    for (const step of session.steps) {
      if (step === 'refresh') {
        const refresh = tokens.refresh!
        const next = await this.#untilAnswered(() =>
          this.#post(oauth, client, 'token', {
            grant_type: 'refresh_token',
            refresh_token: refresh,
          }),
        )
        const got = this.#keep(next, { ...owner, for: refresh })
        if (!got) return this.#refused(number, step, next)
        redeemed.push(refresh)
        tokens = got
        continue
      }
      if (step === 'replay') {
        const [first] = redeemed
        if (first === undefined || redeemed.length < 2) continue
        this.seen.ended.add(number)
        await this.#untilAnswered(() =>
          this.#post(oauth, client, 'token', { grant_type: 'refresh_token', refresh_token: first }),
        )
        return
      }
      if (step === 'revoke') {
        this.seen.ended.add(number)
        await this.#untilAnswered(() =>
          this.#post(oauth, client, 'revoke', { token: tokens!.refresh! }),
        )
        return
      }
      const { access } = tokens
      const looked = await this.#untilAnswered(() =>
        step === 'introspect'
          ? this.#post(oauth, client, 'introspect', { token: access })
          : this.#call(oauth, access),
      )
      const isGood = looked.status === 200 && !looked.body.includes('"active":false')
      if (!isGood) return this.#refused(number, step, looked)
    }
  }

  async #getCode(
    oauth: World['processes'][number],
    client: WorldClient,
    userId: string,
    challenge: string,
  ): Promise<string | null> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const hooks = { authenticate: () => ({ id: userId }), consent: () => true }
    const answer = await this.#untilAnswered(async () => {
      const request = new Request(`${issuer}/oauth/authorize?${query.toString()}`)
      const { status, headers, body } = await plain(await oauth.fetch(request, hooks))
      const location = headers.get('location')
      const parameters = new URL(location ?? 'https://none.example').searchParams
      const isAway = parameters.get('error') === 'temporarily_unavailable'
      return {
        status: isAway ? 503 : status,
        body: parameters.get('code') ?? '',
        headers,
        raw: body,
      }
    })
    return answer.body === '' ? null : answer.body
  }

  async #post(
    oauth: World['processes'][number],
    { id, secret }: WorldClient,
    endpoint: string,
    form: Record<string, string>,
  ): Promise<Answer> {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    const request = new Request(`${issuer}/oauth/${endpoint}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    })
    return plain(await oauth.fetch(request, pages))
  }

  async #call(oauth: World['processes'][number], token: string): Promise<Answer> {
    const request = new Request(`${issuer}/api`, { headers: { authorization: `Bearer ${token}` } })
    const { response } = await oauth.authenticate(request)
    return response ? plain(response) : { status: 200, body: '', headers: new Headers() }
  }

  /** Repeats a request as long as the response is a 503, as a client does. */
  async #untilAnswered<A extends Answer>(ask: () => Promise<A>): Promise<A & { asked: number }> {
    for (let tries = 1; ; tries++) {
      const asked = this.history.tick()
      const answer = await ask()
      if (!allowedStatuses.has(answer.status))
        throw new RangeError(`A status of ${answer.status}: ${answer.body}`)
      if (answer.status !== 503) return { ...answer, asked }
      if (tries === mostTries) throw new RangeError('Every attempt was a 503')
      await this.scheduler.schedule(Promise.resolve(), 'client: tries again')
    }
  }

  #keep(
    { status, body, asked }: Answer & { asked: number },
    about: Pick<Given, 'for' | 'clientId' | 'userId'>,
  ): Given | null {
    if (status !== 200) return null
    const { access_token: access, refresh_token: refresh } = JSON.parse(body) as Record<
      string,
      string
    >
    const given = {
      ...about,
      asked,
      access: access!,
      refresh,
      answered: this.history.tick(),
    } as Given
    this.seen.given.push(given)
    return given
  }

  #refused(session: number, step: string, { status, body }: Answer): void {
    this.seen.refusals.push({ session, step, status, body })
  }
}

interface Answer {
  status: number
  body: string
  headers: Headers
}

const pages = { authenticate: () => null, consent: () => null }

async function plain(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: await response.text() }
}
