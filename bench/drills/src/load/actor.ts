import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isOutage } from '../audit/answers'
import { demo } from './account'
import { type Attempt, type Client, type Tokens, newVerifier } from './client'

/** How long a client waits before it tries again, in milliseconds. */
const pauseMs = { from: 100, to: 400 }
/** How long it retries before it gives up, in milliseconds: longer than any fault. */
const patienceMs = 150_000
/** How long a client waits if no account is left, in milliseconds. */
const idleMs = 200

/** A grant of a client, with the tokens that the client received. */
export interface Held {
  client: Client
  grant: string
  tokens: Tokens[]
}

/** Runs the stories of clients, one after the other. Each story has its own grant. */
export class Actor {
  readonly held: Held[] = []
  private stopped = false

  constructor(
    private readonly clients: readonly Client[],
    /** Milliseconds between two requests. */
    private readonly intervalMs: number,
    /** Whether it revokes most grants at the end of their story. */
    private readonly endsGrants: boolean,
  ) {}

  /** Runs stories until `stop` is called. Resolves when the last one is over. */
  async run(): Promise<void> {
    while (!this.stopped) {
      const clients = this.clients.filter(({ isGone }) => !isGone)
      if (clients.length === 0) await sleep(idleMs)
      else await this.runStory(clients[randomInt(clients.length)]!, randomUUID())
    }
  }

  stop(): void {
    this.stopped = true
  }

  /** Gets a code. Resolves with a function that exchanges it. */
  async getCode(): Promise<() => Promise<void>> {
    const client = this.clients[randomInt(this.clients.length)]!
    const begun = await this.begin(client, randomUUID())
    return async () => {
      if (!begun) return
      const { held, redeem } = begun
      if (this.keep(held, await this.insist(client, redeem))) await this.live(held, 1)
    }
  }

  private async begin(client: Client, grant: string) {
    const verifier = newVerifier()
    const { code } = await this.insist(client, (provider) =>
      client.authorize(provider, grant, verifier),
    )
    if (code === undefined) return undefined
    const held: Held = { client, grant, tokens: [] }
    this.held.push(held)
    const redeem = (provider: number) => client.redeemCode(provider, grant, code, verifier)
    return { held, redeem }
  }

  private async runStory(client: Client, grant: string): Promise<void> {
    const begun = await this.begin(client, grant)
    if (!begun) return
    const { held, redeem } = begun
    const story = randomInt(100)
    if (story < 10) return this.both(held, redeem)
    if (!this.keep(held, await this.insist(client, redeem))) return
    if (story < 60) {
      await this.live(held, randomInt(2, 6))
      if (this.endsGrants && randomInt(10) > 0) await this.revoke(held)
    } else if (story < 80) await this.revoke(held)
    else if (story < 90) await this.race(held)
    else await this.replay(held)
  }

  /** Uses and refreshes the grant. Some refreshes are sent twice at the same time. */
  private async live(held: Held, times: number): Promise<void> {
    for (let n = 0; n < times && !this.stopped; n++) {
      const { access, refresh } = held.tokens.at(-1)!
      const { client } = held
      await this.insist(client, (provider) => client.bearer(provider, held.grant, access))
      const rotate = (provider: number) => client.refresh(provider, held.grant, refresh)
      if (randomInt(4) === 0) await this.both(held, rotate)
      else this.keep(held, await this.insist(client, rotate))
      if (held.tokens.at(-1)!.refresh === refresh) return
    }
  }

  /**
   * Revokes the grant with its current refresh token or the previous one, and then tries its
   * tokens.
   */
  private async revoke(held: Held): Promise<void> {
    await this.live(held, 1)
    const { refresh } = held.tokens.at(randomInt(2) - 1)!
    const { client } = held
    await this.insist(client, (provider) => client.revoke(provider, held.grant, refresh))
    await this.probe(held)
  }

  /** Revokes the grant while it is being refreshed. */
  private async race(held: Held): Promise<void> {
    const { client } = held
    const { refresh } = held.tokens.at(-1)!
    const pause = this.pause()
    const [rotated] = await Promise.all([
      this.insist(client, (provider) => client.refresh(provider, held.grant, refresh), 0, pause),
      this.insist(client, (provider) => client.revoke(provider, held.grant, refresh), 1, pause),
    ])
    this.keep(held, rotated)
    await this.probe(held)
  }

  /** Presents a refresh token whose successor was used, as a thief would. */
  private async replay(held: Held): Promise<void> {
    const { refresh } = held.tokens.at(-1)!
    await this.live(held, 2)
    if (held.tokens.length < 3) return
    const { client } = held
    await this.insist(client, (provider) => client.refresh(provider, held.grant, refresh))
    await this.probe(held)
  }

  private async probe({ client, grant, tokens }: Held): Promise<void> {
    const { access, refresh } = tokens.at(-1)!
    await this.insist(client, (provider) => client.bearer(provider, grant, access))
    await this.insist(client, (provider) => client.refresh(provider, grant, refresh))
  }

  /** Sends the same request twice at the same time, to two processes if there are two. */
  private async both(held: Held, request: (provider: number) => Promise<Attempt>): Promise<void> {
    const pause = this.pause()
    const answers = await Promise.all([
      this.insist(held.client, request, 0, pause),
      this.insist(held.client, request, 1, pause),
    ])
    for (const answer of answers) this.keep(held, answer)
  }

  /**
   * Returns how long to wait before a request, in milliseconds. Requests that must be sent together
   * share one pause.
   */
  private pause(): number {
    return this.intervalMs * (0.5 + Math.random())
  }

  private keep({ tokens }: Held, { tokens: more }: Attempt): boolean {
    if (more && tokens.at(-1)?.refresh !== more.refresh) tokens.push(more)
    return more !== undefined
  }

  /** Repeats a request, at any provider, until it is answered. Obeys the `Retry-After` of a 503. */
  private async insist(
    client: Client,
    request: (provider: number) => Promise<Attempt>,
    first = randomInt(client.providers),
    pause = this.pause(),
  ): Promise<Attempt> {
    await sleep(pause)
    const giveUpAt = performance.now() + patienceMs
    for (let n = 0; ; n++) {
      const attempt = await request((first + n) % client.providers)
      const isOver = performance.now() > giveUpAt || (this.stopped && n > 20)
      if (isAnswered(attempt, client) || isOver) return attempt
      const { retryAfterMs = 0 } = attempt
      await sleep(retryAfterMs + randomInt(pauseMs.from, pauseMs.to) + this.pause())
    }
  }
}

/** Returns whether the request need not be repeated. */
function isAnswered({ entry, code }: Attempt, { isGone, account }: Client): boolean {
  if (isGone) return true
  if (!entry || isOutage(entry)) return false
  // The message with the new secret, or about the deletion, is about to arrive.
  if (account !== demo && entry.status === 401 && entry.error === 'invalid_client') return false
  return entry.operation !== 'authorize' || code !== undefined
}
