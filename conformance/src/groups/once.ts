import { type CaseOf, group } from '../group'
import type { Outcome } from '../processes/messages'
import { type OneTime, credentialOnce, make, rememberOnce } from '../traits/once'
import type { StoreTrial } from '../trial'

const values: Record<string, [OneTime, string]> = {
  code: [credentialOnce('code'), 'a code'],
  refresh: [credentialOnce('refresh'), 'a refresh token'],
  remember: [rememberOnce, 'a remembered key'],
}

const processCount = 4
const callsEach = 5

const common = {
  why: 'RFC 9700 4.14.2, RFC 6749 4.1.2, RFC 7523 3: two winners are two clients, one of which may be a thief.',
  mend: 'Let one atomic operation of the database decide: an INSERT against a unique index, a conditional UPDATE whose count is looked at, one document, one script. Never read and then write, and no lock in the process.',
}

export const once = group(
  'once',
  'secure',
  Object.entries(values).flatMap(([name, [value, noun]]) => casesOf(name, value, noun)),
)

function casesOf(name: string, value: OneTime, noun: string): CaseOf[] {
  return [
    {
      ...common,
      id: `${name}.loser`,
      title: `who comes second with ${noun} at the same moment is told so, without an error`,
      async run(t) {
        await contest(t, value, 3, 1)
      },
    },
    {
      ...common,
      id: `${name}.barrier`,
      needs: ['wire'],
      title: `of two who have both asked before either gets a reply, exactly one uses ${noun}`,
      async run(t) {
        const { wire, stores } = await t.wired(2)
        for (let round = 0; round < 3; round++) {
          const { calls, judge } = await value(t, 2)
          // Where the second one waits for the first, it gives up: they can't both have read before.
          const met = wire.barrier(2, 500).catch(() => {})
          const answers = await Promise.allSettled(calls.map((call, n) => make(stores[n]!, call)))
          await met
          await judge(answers)
        }
      },
    },
    {
      ...common,
      id: `${name}.stampede`,
      title: `of 10 and of 50 at once, over 5 instances, exactly one uses ${noun}`,
      async run(t) {
        for (let round = 0; round < 5; round++) await contest(t, value, 10, 5)
        await contest(t, value, 50, 5)
      },
    },
    {
      ...common,
      id: `${name}.processes`,
      needs: ['processes'],
      title: `of 20 at once, in 4 processes, exactly one uses ${noun}`,
      mend: `${common.mend} What holds within one process holds back none of the others.`,
      async run(t) {
        const fleet = await t.processes(processCount)
        for (let round = 0; round < 5; round++) {
          const { calls, judge } = await value(t, processCount * callsEach)
          const shares = Array.from({ length: processCount }, (_, n) =>
            calls.slice(n * callsEach, (n + 1) * callsEach),
          )
          await judge((await fleet.call(shares)).map(settledOf))
        }
      },
    },
  ]
}

function settledOf(outcome: Outcome): PromiseSettledResult<unknown> {
  return 'error' in outcome
    ? { status: 'rejected', reason: outcome.error }
    : { status: 'fulfilled', value: outcome.value }
}

/** All contenders at once, spread over so many instances. */
async function contest(
  t: StoreTrial,
  value: OneTime,
  contenders: number,
  over: number,
): Promise<void> {
  const { calls, judge } = await value(t, contenders)
  const stores = await t.instances(over)
  const answers = await Promise.allSettled(calls.map((call, n) => make(stores[n % over]!, call)))
  await judge(answers)
}
