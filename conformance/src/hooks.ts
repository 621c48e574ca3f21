import type { Store } from '@oauth2-kit/core'
import { issues } from './checked'
import { Failure, equal, show } from './expect'
import { aCredential, aGrant, aRecord, wholeSecond } from './given'
import { type Limits, thrown } from './guard/limits'
import { byInstance } from './raw/by-instance'
import type { Context, RawHooks } from './types'

type Name = keyof RawHooks
type Hook = (context: Context, argument: never) => unknown

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** What the hooks need of the run. */
export interface HookRun {
  readonly limits: Limits
  /** Opens a store in a new namespace, which ends with the run. */
  apart(): Promise<{ store: Store; context: Context }>
}

interface Answer {
  /** What the hook must resolve with. */
  readonly wanted: string
  fits(answer: unknown): boolean
}

const aTime: Answer = {
  wanted: 'a time in milliseconds since the epoch, or null for never',
  fits: (answer) => answer === null || Number.isFinite(answer),
}
const aList: Answer = {
  wanted: 'a list of texts',
  fits: (answer) => Array.isArray(answer) && answer.every((one) => typeof one === 'string'),
}
const aText: Answer = {
  wanted: 'a text',
  fits: (answer) => typeof answer === 'string' && answer !== '',
}

const answers: Readonly<Record<Name, Answer>> = {
  dump: {
    wanted: 'everything that the namespace contains, as text or bytes',
    fits: (answer) => typeof answer === 'string' || ArrayBuffer.isView(answer),
  },
  count: {
    wanted: 'the number of rows, documents, keys and index entries in the namespace',
    fits: (answer) => Number.isSafeInteger(answer) && Number(answer) >= 0,
  },
  explain: { ...aList, wanted: 'a list of what the database scanned from end to end' },
  removedAt: aTime,
  recordRemovedAt: aTime,
  immortal: { ...aList, wanted: 'a list of the entries that are never removed' },
  ends: {
    wanted: 'the end of every key or document by its name, in milliseconds since the epoch or null',
    fits: (answer) =>
      isObject(answer) &&
      Object.values(answer).every((end) => end === null || Number.isFinite(end)),
  },
  alive: {
    wanted: 'true or false',
    fits: (answer) => typeof answer === 'boolean',
  },
  damage: { ...aText, wanted: 'a text that says what it changed' },
  older: { ...aText, wanted: 'the hash of the credential that it wrote' },
}

/**
 * Returns the hooks with checks, so that no case passes because of a hook that is wrong or sees
 * nothing. Each one rejects with a Failure if the hook throws, hangs or resolves with a value of
 * another type, and if it doesn't see what the suite writes before its first use.
 */
export function checkedHooks(raw: RawHooks | undefined, run: HookRun): RawHooks {
  const probed = new Map<Name, Promise<void>>()
  const checked: Record<string, Hook> = {}
  for (const name of Object.keys(answers) as Name[]) {
    if (typeof raw?.[name] !== 'function') continue
    const ask = (context: Context, argument: unknown) => answerOf(raw, name, run, context, argument)
    checked[name] = async (context: Context, argument: unknown) => {
      const probe = probes[name]
      if (probe && !probed.has(name)) probed.set(name, probe(run, ask))
      await probed.get(name)
      return name === 'explain'
        ? explained(ask, context, argument as () => Promise<unknown>)
        : ask(context, argument)
    }
  }
  return checked
}

type Ask = (context: Context, argument?: unknown) => Promise<unknown>

/** Checks that a hook sees what the suite writes into a namespace of its own. */
const probes: Partial<Record<Name, (run: HookRun, ask: Ask) => Promise<void>>> = {
  async count(run, ask) {
    const { store, context } = await run.apart()
    const before = Number(await ask(context))
    await issues(store, aGrant(), [aCredential()])
    const after = Number(await ask(context))
    if (after > before) return
    throw new Failure(
      `raw.count() returned ${before} before a grant was issued and ${after} afterwards: ${mustBe('count')}`,
    )
  },

  async removedAt(run, ask) {
    const { store, context } = await run.apart()
    // In two grants, because a store may keep a grant as a whole until its last credential ends.
    const ends = [60_000, 3_600_000].map((ms) =>
      aCredential({ kind: 'access', expiresAt: wholeSecond() + ms }),
    )
    for (const one of ends) await issues(store, aGrant(), [one])
    differ('removedAt', 'credentials', await asked(ask, context, ends[0]!.hash, ends[1]!.hash))
  },

  async ends(run, ask) {
    const { store, context } = await run.apart()
    const entries = async () => Object.keys((await ask(context)) as object).length
    const before = await entries()
    await issues(store, aGrant(), [aCredential()])
    const after = await entries()
    if (after > before) return
    throw new Failure(
      `raw.ends() returned ${before} entries before a grant was issued and ${after} afterwards: ${mustBe('ends')}`,
    )
  },

  async recordRemovedAt(run, ask) {
    const { store, context } = await run.apart()
    const ends = [60_000, 3_600_000].map((ms) => aRecord({ expiresAt: wholeSecond() + ms }))
    for (const one of ends) equal(await store.addRecord(one), true, 'addRecord()')
    differ('recordRemovedAt', 'records', await asked(ask, context, ends[0]!.key, ends[1]!.key))
  },
}

async function asked(ask: Ask, context: Context, one: string, other: string) {
  return [await ask(context, one), await ask(context, other)]
}

function differ(name: Name, what: string, [one, other]: unknown[]): void {
  if (one === null || one !== other) return
  throw new Failure(
    `raw.${name}() returned ${show(one)} for two ${what} that expire an hour apart: ${mustBe(name)}, for the one that it receives`,
  )
}

/** Runs the hook `explain`, and checks that it runs the work once and waits for it. */
async function explained(
  ask: Ask,
  context: Context,
  work: () => Promise<unknown>,
): Promise<unknown> {
  let [runs, ended] = [0, 0]
  let failure: { error: unknown } | undefined
  const watched = () => {
    runs++
    const running = work().finally(() => ended++)
    // The hook may not await it.
    running.catch((error: unknown) => (failure ??= { error }))
    return running
  }
  const scanned = await ask(context, watched).catch((error: unknown) => {
    // What the work threw is not the fault of the hook.
    throw failure ? failure.error : error
  })
  if (failure) throw failure.error
  if (runs !== 1)
    throw new Failure(`raw.explain() ran the work ${runs} times: it must run it exactly once`)
  if (ended === 0) throw new Failure('raw.explain() resolved before the work had ended: await it')
  return scanned
}

/** Calls the hook, and resolves with its answer if that has the right type. */
async function answerOf(
  raw: RawHooks,
  name: Name,
  { limits }: HookRun,
  context: Context,
  argument: unknown,
): Promise<unknown> {
  const hook = raw[name] as Hook
  // The hook `explain` also waits for the work, which has its own limit.
  const usual = limits.longMs + (name === 'explain' ? limits.usualOf('revoke') : 0)
  let answer: unknown
  try {
    answer = await limits.bound(`raw.${name}()`, usual, () =>
      hook.call(raw, context, argument as never),
    )
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(
      `raw.${name}() threw ${thrown(error).replace(/\.$/, '')}. ${adviceOn(error, name)}`,
    )
  }
  if (!answers[name].fits(answer))
    throw new Failure(`raw.${name}() resolved with ${show(answer)}: ${mustBe(name)}`)
  return answer
}

/** Returns what to do about an error that a hook has thrown. */
function adviceOn(error: unknown, name: Name): string {
  const isClosed = /after calling end|\bclosed\b|not open/i.test(thrown(error))
  return isClosed
    ? `The connection of the first instance must stay open: ${byInstance}`
    : `It must resolve with ${answers[name].wanted}`
}

function mustBe(name: Name): string {
  return `it must resolve with ${answers[name].wanted}`
}
