import { type CaseOf, group } from '../group'
import type { Call, Outcome } from '../processes/messages'
import {
  type OneTime,
  addRecordOnce,
  createOnce,
  credentialOnce,
  make,
  takeRecordOnce,
  updateOnce,
} from '../traits/once'
import type { StoreTrial } from '../trial'
import { trimmed } from '../trimmed'
import type { Need } from '../case'

/** What can be used, made or changed once, what it is called, and what a store may lack for it. */
const values: Record<string, [OneTime, string, Need?]> = {
  code: [credentialOnce('code'), 'uses a code'],
  refresh: [credentialOnce('refresh'), 'uses a refresh token'],
  'add-record': [addRecordOnce, 'adds a record'],
  'take-record': [takeRecordOnce, 'takes a record'],
  'create-client': [createOnce('client'), 'creates a client'],
  'update-client': [updateOnce('client'), 'changes a client'],
  'create-user': [createOnce('user'), 'creates a user', 'users'],
  'update-user': [updateOnce('user'), 'changes a user', 'users'],
}

const processCount = 4
const callsEach = 5

const common = {
  why: 'RFC 9700 4.14.2, RFC 6749 4.1.2, RFC 7523 3: two winners are two clients, one of which may be a thief; of two changes, one is lost.',
  fix: 'Let one atomic operation of the database decide: an INSERT against a unique index, a conditional UPDATE whose count is looked at, one document, one script. Never read and then write, and no lock in the process.',
}

export const once = group(
  'once',
  'secure',
  Object.entries(values).flatMap(([name, [value, act, need]]) =>
    casesOf(name, value, act, need ? [need] : []),
  ),
)

function casesOf(name: string, value: OneTime, act: string, needs: readonly Need[]): CaseOf[] {
  return [
    {
      ...common,
      id: `${name}.loser`,
      needs,
      title: `of three at once one ${act}, and the others are told so, without an error`,
      async run(t) {
        await contest(t, value, 3, 1)
      },
    },
    {
      ...common,
      id: `${name}.barrier`,
      needs: ['wire', ...needs],
      title: `of two who have both asked before either gets a reply, exactly one ${act}`,
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
      needs,
      title: `of 10 and of 50 at once, over 5 instances, exactly one ${act}`,
      async run(t) {
        for (let round = 0; round < 5; round++) await contest(t, value, 10, 5)
        await contest(t, value, 50, 5)
      },
    },
    {
      ...common,
      id: `${name}.processes`,
      needs: ['processes', ...needs],
      title: `of 20 at once, in 4 processes, exactly one ${act}`,
      fix: `${common.fix} What holds within one process holds back none of the others.`,
      async run(t) {
        const fleet = await t.processes(processCount)
        for (let round = 0; round < 5; round++) {
          const { calls, judge } = await value(t, processCount * callsEach)
          const shares = Array.from({ length: processCount }, (_, n) =>
            calls.slice(n * callsEach, (n + 1) * callsEach),
          )
          const outcomes = await fleet.call(shares)
          await judge(outcomes.map((outcome, n) => settledOf(outcome, calls[n]!)))
        }
      },
    },
  ]
}

function settledOf(outcome: Outcome, { method }: Call): PromiseSettledResult<unknown> {
  return 'error' in outcome
    ? { status: 'rejected', reason: outcome.error }
    : { status: 'fulfilled', value: trimmed(method, outcome.value) }
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
