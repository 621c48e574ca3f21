import { type CaseOf, group } from '../group'
import { type Call, type Outcome, settled } from '../processes/messages'
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

/** Each one-time call: how to make it, its name in titles, and what a store may lack for it. */
const values: Record<string, [OneTime, string, Need?]> = {
  code: [credentialOnce('code'), 'redeem() of a code'],
  refresh: [credentialOnce('refresh'), 'redeem() of a refresh token'],
  'add-record': [addRecordOnce, 'addRecord() of one key'],
  'take-record': [takeRecordOnce, 'takeRecord() of one key'],
  'create-client': [createOnce('client'), 'createClient() of one id'],
  'update-client': [updateOnce('client'), 'updateClient() of one version'],
  'create-user': [createOnce('user'), 'createUser() of one id', 'users'],
  'update-user': [updateOnce('user'), 'updateUser() of one version', 'users'],
}

const processCount = 4
const callsEach = 5

const common = {
  why: 'RFC 9700 4.14.2, RFC 6749 4.1.2, RFC 7523 3: if two callers win, one of them may be a thief; of two changes, one is lost.',
  fix: 'Use one atomic operation of the database to decide: an INSERT against a unique index, a conditional UPDATE whose row count is checked, one document or one script. Do not read first and then write, and do not rely on a lock in the process.',
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
      title: `${act}, called by 3 callers at the same time, succeeds for exactly one and rejects for none`,
      async run(t) {
        await contest(t, value, 3, 1)
      },
    },
    {
      ...common,
      id: `${name}.barrier`,
      needs: ['wire', ...needs],
      title: `${act}, called by 2 callers that both send a request before either gets a reply, succeeds for exactly one`,
      async run(t) {
        const { wire, stores } = await t.wired(2)
        for (let round = 0; round < 3; round++) {
          const { calls, judge } = await value(t, 2)
          // If one call waits for the other, the barrier times out: both cannot have read first.
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
      title: `${act}, called by 10 and by 50 callers at the same time in 5 instances, succeeds for exactly one`,
      async run(t) {
        for (let round = 0; round < 5; round++) await contest(t, value, 10, 5)
        await contest(t, value, 50, 5)
      },
    },
    {
      ...common,
      id: `${name}.processes`,
      needs: ['processes', ...needs],
      title: `${act}, called by 20 callers at the same time in 4 processes, succeeds for exactly one`,
      fix: `${common.fix} A lock in one process does not stop the other processes.`,
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
  return settled('error' in outcome ? outcome : { value: trimmed(method, outcome.value) })
}

/** Makes the calls of all contenders at the same time, spread over that many instances. */
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
