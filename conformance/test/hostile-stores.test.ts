import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Store } from '@oauth2-kit/core'
import { type ConformanceOptions, type RawHooks, type Report, runConformance } from '../src'
import { guarded } from '../src/guard/guarded'
import { causesOf } from '../src/reporters/causes'
import { adviceOn } from '../src/reporters/reporter'
import { Limits } from '../src/guard/limits'
import { promptly } from '../src/guard/promptly'
import { Database, directConnection } from '../src/reference/connection'
import { newModelContent, referenceModel, seedModel } from '../src/reference/model'
import { referenceRaw } from '../src/reference/raw'
import { referenceStore } from '../src/reference/store'
import { allRun } from '../../test/support/growth'
import { execArgv, program } from './support/command'

type Breaks = (store: Required<Store>) => object

/** Options of a run on the reference store, whose members `breaks` replaces. */
/** What each message about a time limit says of it. */
const limit = ', a limit that follows from the option "deadline"'

function options(
  breaks: Breaks = () => ({}),
  more: Partial<ConformanceOptions> = {},
): ConformanceOptions {
  const database = new Database()
  return {
    name: 'a hostile store',
    deadline: 200,
    raw: referenceRaw(database),
    create({ namespace }) {
      const store = referenceStore(directConnection(database), namespace)
      return { store: { ...store, ...breaks(store) } }
    },
    ...more,
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}

/** Returns why each case failed. */
function reasonsIn({ verdicts }: Report): Record<string, string> {
  const failed = verdicts.filter(({ status }) => status === 'failed')
  return Object.fromEntries(failed.map((one) => [one.case.id, one.reason ?? '']))
}

async function reasonsOf(given: ConformanceOptions): Promise<Record<string, string>> {
  return reasonsIn(await runConformance(given))
}

describe('a store that never stops answering', () => {
  it('purge() that always has more fails the case', async () => {
    const more = { purge: async () => ({ deleted: 0, more: true }) }
    const reasons = await reasonsOf(options(() => more, { only: 'expiry.list' }))
    expect(reasons['expiry.list']).toBe(
      'purge() returned "more" 500 times in a row, and removed nothing',
    )
  })

  it('listGrants() with a new cursor on every page fails the case', async () => {
    let pages = 0
    const listGrants = async () => ({ grants: [], next: `page ${pages++}` })
    const reasons = await reasonsOf(options(() => ({ listGrants }), { only: 'expiry.null*' }))
    expect(Object.values(reasons)).toEqual([])
    const listed = await reasonsOf(options(() => ({ listGrants }), { only: 'expiry.precision' }))
    expect(listed['expiry.precision']).toMatch(/never end: it returned 2000 of them/)
  })

  it('timers fire between calls that answer in the same tick', async () => {
    const store = guarded({ find: () => Promise.resolve(null) }, new Limits(1000), { isOn: false })
    const fired = new AbortController()
    setTimeout(() => fired.abort(), 0)
    for (let calls = 0; calls < 100_000 && !fired.signal.aborted; calls++) await store.find()
    expect(fired.signal.aborted).toBe(true)
  })
})

describe('something that hangs', () => {
  it('a method costs its limit once, and a short one in later cases', async () => {
    const reasons = await reasonsOf(options(() => ({ addRecord: never }), { only: 'record.*' }))
    const [first, ...later] = Object.values(reasons)
    expect(first).toBe(`addRecord did not answer within 600 ms${limit}`)
    expect(later.length).toBeGreaterThan(2)
    for (const one of later)
      expect(one).toMatch(/^addRecord, which hung before \(in record\..*\), did not answer within/)
  })

  it('a method that hangs again and again is not called any more in that case', async () => {
    const limits = new Limits(200)
    const store = guarded({ find: never }, limits, { isOn: false })
    for (let n = 0; n < 3; n++) await expect(store.find()).rejects.toThrow(/did not answer within/)
    await expect(store.find()).rejects.toThrow(/^find is not called again in this case: 3 times/)
    limits.begin('another.case')
    await expect(store.find()).rejects.toThrow(/^find, which hung before/)
  })

  it('a store that hangs during an outage is not held against it later', async () => {
    const outage = { isOn: true }
    const limits = new Limits(100)
    const store = guarded({ find: never }, limits, outage)
    await expect(store.find()).rejects.toThrow('find did not answer within 300 ms')
    outage.isOn = false
    await expect(store.find()).rejects.toThrow('find did not answer within 300 ms')
  })

  it('create() of another namespace, hooks, close() and seed() are bounded too', async () => {
    const elsewhere = options()
    let first: string | undefined
    const hangsElsewhere = reasonsOf({
      ...elsewhere,
      only: 'purge.*',
      create: async (context) => {
        first ??= context.namespace
        return context.namespace === first ? elsewhere.create(context) : never()
      },
    })
    const hook = reasonsOf(options(undefined, { only: 'secret.at-rest', raw: { dump: never } }))
    const opened = options()
    const closing = runConformance({
      ...opened,
      only: 'purge.*',
      create: async (context) => ({ ...(await opened.create(context)), close: never }),
    })
    const content = newModelContent()
    const seeding = runConformance({
      name: 'a model',
      deadline: 200,
      create: () => ({ model: referenceModel(content) }),
      seed: never,
    })
    await expect(seeding).rejects.toThrow('seed() did not answer within 20000 ms')

    const purges = Object.values(await hangsElsewhere)
    expect(purges[0]).toBe(`create() of another namespace did not answer within 20000 ms${limit}`)
    expect(purges[1]).toMatch(/^create\(\) of another namespace, which hung before/)
    expect(await hook).toEqual({
      'secret.at-rest': `raw.dump() did not answer within 20000 ms${limit}`,
    })
    const closed = await closing
    expect(Object.values(reasonsIn(closed))).toEqual([
      `close() did not answer within 10000 ms${limit}`,
    ])
    expect(closed.verdicts.at(-1)?.status).toBe('failed')
  })

  it('a function of a model costs its limit once, and a short one in later cases', async () => {
    const content = newModelContent()
    const reasons = await reasonsOf({
      name: 'a model',
      deadline: 500,
      level: 'contract',
      create: () => ({ model: { ...referenceModel(content), getAccessToken: never } }),
      seed: (data) => seedModel(content, data),
    })
    const hung = Object.values(reasons).filter((one) => one.startsWith('getAccessToken'))
    expect(hung[0]).toMatch(/^getAccessToken did not answer within 500 ms/)
    expect(hung[1]).toMatch(/^getAccessToken, which hung before/)
  })
})

describe('a close() that rejects when the run ends', () => {
  it('fails the last case, and the report is kept', async () => {
    const opened = options()
    const report = await runConformance({
      ...opened,
      only: 'record.*',
      create: async (context) => ({
        ...(await opened.create(context)),
        close: () => {
          throw new Error('still in use')
        },
      }),
    })
    expect(Object.values(reasonsIn(report))).toEqual(['close() threw Error: still in use'])
    const last = report.verdicts.at(-1)!
    expect(last.status).toBe('failed')
    expect(adviceOn(last).why).toMatch(/^A server that shuts down waits for close\(\)/)
    expect(last.at).toMatch(/^conformance\/test\/hostile-stores\.test\.ts:\d+:\d+$/)
  })
})

/** The JSON report of a run in which errors are thrown outside of any call. */
interface Stray {
  cases: { status: string; reason: string; why: string; at?: string }[]
  causes: unknown[]
}

describe('an error outside of any call', () => {
  it.each([
    ['timer', 'Error: in a timer'],
    ['event', 'Error: in an event handler'],
    ['promise', 'Error: in a promise'],
    ['text', "'only a text'"],
  ])('in a %s fails the case that runs, and the run goes on', async (where, message) => {
    const args = ['hostile/stray.cjs', '--only', 'record.*', '--reporter', 'json']
    const { code, out, err } = await program(args, { STRAY: where })
    expect(err).toBe('')
    const { cases, causes } = JSON.parse(out) as Stray
    const frame = /^hostile\/stray\.cjs:\d+:\d+$/
    for (const { status, reason, why, at } of cases) {
      expect(reason).toContain(`The code under test threw outside of any call: ${message}`)
      expect(why).toMatch(/^Node ends the process/)
      expect(at ?? 'not an Error').toMatch(where === 'text' ? 'not an Error' : frame)
      expect(status).toBe('failed')
    }
    expect(cases.length).toBeGreaterThan(3)
    expect(causes).toHaveLength(1)
    expect(code).toBe(1)
  })

  it('in a child process rejects the call that runs, and the run goes on', async () => {
    const args = ['hostile/stray.cjs', '--only', 'once.*.processes', '--reporter', 'json']
    const { out } = await program(args, { STRAY: 'timer', STRAY_IN_CHILD: 'yes' })
    const { cases } = JSON.parse(out) as { cases: { id: string; reason: string }[] }
    const reasonOf = (name: string) => cases.find(({ id }) => id === name)?.reason
    const text = 'The code under test threw outside of any call: Error: in a timer'
    expect(reasonOf('once.code.processes')).toContain(text)
    expect(reasonOf('once.refresh.processes')).toContain(text)
    expect(cases.length).toBeGreaterThan(3)
  })

  const rejecting = ['purge', 'redeem', 'updateUser', 'getUserByUsername', 'extend', 'issue']
  it.each(allRun ? rejecting : rejecting.slice(0, 2))(
    'is not what %s() rejects with',
    async (method) => {
      const only = 'client,user,issue,once,revoke,purge,fuzz'
      const args = ['hostile/rejects.cjs', '--only', only, '--reporter', 'json']
      const { out } = await program(args, { REJECTS: method })
      const { cases } = JSON.parse(out) as Stray
      const failed = cases.filter(({ status }) => status === 'failed')
      expect(failed.filter(({ reason }) => reason.includes('outside of any call'))).toEqual([])
      expect(failed.some(({ reason }) => reason.includes('disk full'))).toBe(true)
    },
  )

  it('is not caught before or after a run', async () => {
    const before = listeners()
    let during: number[] = []
    await runConformance(options(undefined, { only: 'record.take' }), () => (during = listeners()))
    expect(during).toEqual(before.map((one) => one + 1))
    expect(listeners()).toEqual(before)
  })
})

describe('a 2.4 model whose callback throws', () => {
  it.each([
    ['once', null],
    ['late', null],
    ['in a promise', null],
    ['try', /called its callback again after that had thrown an error/],
    ['catch', /called its callback again after that had thrown an error/],
  ])('and that calls back %j', async (how, reason) => {
    const args = ['model.cjs', '--only', 'shape.callback', '--reporter', 'json']
    const { out } = await program(args, { CALLBACK: how, JEST_WORKER_ID: undefined })
    const { cases } = JSON.parse(out) as { cases: { status: string; reason?: string }[] }
    expect(cases[0]?.status).toBe(reason ? 'failed' : 'passed')
    expect(cases[0]?.reason ?? '').toMatch(reason ?? /^$/)
  })
})

describe('stores of several processes that do not share their data', () => {
  it('are one cause, which comes before those of the cases', async () => {
    const only = 'once.*.processes,expiry.timezone'
    const args = ['hostile/own-data.cjs', '--only', only, '--reporter', 'json']
    const { cases, causes } = JSON.parse((await program(args)).out) as {
      cases: { status: string; reason: string; fix: string }[]
      causes: unknown[]
    }
    expect(cases.length).toBeGreaterThan(4)
    for (const { status, reason, fix } of cases) {
      expect(reason).toMatch(/^create\(\) in a child process made a store that does not find what/)
      expect(fix).toMatch(/^Keep the data where every process with the same "namespace"/)
      expect(status).toBe('failed')
    }
    expect(causes).toHaveLength(1)
  })
})

describe('a store that ends the process', () => {
  it('is reported with the cases that have ended, and an exit code of 1', async () => {
    const { code, out, err } = await program(['hostile/exits.cjs', '--only', 'client,record'])
    expect(out).toMatch(/^Conformance of exits \(a store\)/)
    expect(out).toMatch(/client +\d+/)
    expect(err).toMatch(/^The module ended the process after \d+ cases\n$/)
    expect(code).toBe(1)
  })
})

describe('a method that hangs', () => {
  it('is shown first with its whole limit, although other calls hang too', async () => {
    const report = await runConformance(options(() => ({ find: never }), { only: 'shape' }))
    const [first, ...others] = causesOf(report.verdicts)
    expect(first?.first.reason).toBe(`find did not answer within 600 ms${limit}`)
    expect(others).toEqual([])
  })
})

describe('an error that can not be read', () => {
  it('fails its case, and the run goes on', async () => {
    class Unreadable extends Error {
      override get message(): string {
        throw new TypeError('no message')
      }
      override get stack(): string {
        throw new TypeError('no stack')
      }
    }
    const find = () => Promise.reject(new Unreadable())
    const reasons = await reasonsOf(options(() => ({ find }), { only: 'access.*' }))
    expect(reasons['access.find']).toBe('It threw an error whose message can not be read')
  })
})

describe('create()', () => {
  it.each([
    [
      'throws',
      () => fail('no more connections'),
      /^create\(\) of another namespace threw Error: no more connections$/,
    ],
    [
      'rejects',
      () => Promise.reject(new Error('too many clients')),
      /^create\(\) of another namespace threw Error: too many clients$/,
    ],
    ['returns nothing', () => undefined, /^It threw TypeError: create\(\) must return \{ store \}/],
    ['returns a text', () => ({ store: 'redis' }), /^It threw TypeError: create\(\) must return/],
    ['returns an empty store', () => ({ store: {} }), /TypeError|undefined/],
  ])(
    'that %s for another namespace fails the case, and the run goes on',
    async (_, made, reason) => {
      const usual = options()
      let first: string | undefined
      const report = await runConformance({
        ...usual,
        only: 'purge.*',
        create: (context) => {
          first ??= context.namespace
          return context.namespace === first ? usual.create(context) : (made() as never)
        },
      })
      const reasons = Object.values(reasonsIn(report))
      expect(reasons.length).toBeGreaterThan(5)
      for (const one of reasons) expect(one).toMatch(reason)
    },
  )

  it('that throws for a second instance fails only the cases that need one', async () => {
    const usual = options()
    const create: ConformanceOptions['create'] = (context) =>
      context.instance > 0 ? fail('only one') : usual.create(context)
    const report = await runConformance({ ...usual, create, only: 'once.code.*' })
    expect(reasonsIn(report)).toEqual({
      'once.code.stampede': 'create() of another instance threw Error: only one',
    })
    expect(report.verdicts.find(({ status }) => status === 'failed')?.at).toMatch(
      /^conformance\/test\/hostile-stores\.test\.ts:/,
    )
  })

  it.each(['create', 'close'] as const)('%s() that hangs is the cause', async (what) => {
    const usual = options()
    const report = await runConformance({
      ...usual,
      only: 'record',
      async create(context) {
        if (what === 'create' && context.instance > 0) return never()
        return { ...(await usual.create(context)), ...(what === 'close' && { close: never }) }
      },
    })
    const [cause] = causesOf(report.verdicts)
    expect(cause?.first.reason).toMatch(/^(?:create|close)\(\).* did not answer within \d+ ms/)
    expect(adviceOn(cause!.first).fix).toMatch(new RegExp(`^Let ${what}\\(\\) work`))
  })

  it('that makes a store with data of its own each time is named as the cause', async () => {
    const create: ConformanceOptions['create'] = (context) => options().create(context)
    const report = await runConformance({
      ...options(),
      create,
      only: ['life', 'isolate', 'grant'],
    })
    const [first] = causesOf(report.verdicts)
    expect(first?.first.reason).toMatch(
      /^create\(\) made two stores of one namespace, and one does/,
    )
    expect(adviceOn(first!.first).fix).toMatch(/keep it by namespace/)
    expect(first!.followers.length).toBeGreaterThan(2)
  })
})

describe('a method that', () => {
  it.each([
    ['throws synchronously', () => fail('at once'), /at once/],
    ['returns a plain value', () => null, /which is not a promise/],
    [
      'returns a thenable that never settles',
      // oxlint-disable-next-line unicorn/no-thenable -- the fault under test
      () => ({ then: () => {} }),
      /is not a promise|did not answer within/,
    ],
    ['is a getter that throws', undefined, /broken getter/],
  ])('%s does not end the run', async (_, find, reason) => {
    const given = options(() => (find ? { find } : {}), { only: 's*' })
    const report = await runConformance({
      ...given,
      async create(context) {
        const { store } = await given.create(context)
        if (find) return { store: store! }
        return {
          store: Object.defineProperty({ ...store! }, 'find', {
            get: () => fail('broken getter'),
          }),
        }
      },
    })
    expect(reasonsIn(report)['shape.promises']).toMatch(reason)
    expect(report.verdicts.length).toBeGreaterThan(5)
  })

  it('blocks the event loop for long is not called again', async () => {
    const limits = new Limits(1000)
    const store = guarded({ find: async () => null }, limits, { isOn: false })
    limits.ran('find', 19_000)
    expect(await store.find()).toBe(null)
    limits.ran('find', 1500)
    await expect(store.find()).rejects.toThrow(
      'find is not called again: it blocked the event loop for 20500 ms, in 2 calls',
    )
  })

  it.each([
    ['before it returns', async () => busy(400)],
    [
      'after it returns',
      async () => {
        await Promise.resolve()
        busy(400)
      },
    ],
  ])('blocks the event loop %s misses its deadline', async (_, call) => {
    await expect(promptly(200, call, 'find')).rejects.toThrow(/^find blocked the event loop: /)
  })

  it('rejects in time meets its deadline', async () => {
    const store = { find: () => Promise.reject(new Error('refused')) }
    await expect(promptly(60_000, () => store.find(), 'find')).rejects.toThrow('refused')
  })
})

describe('a raw hook that', () => {
  it.each<[string, string, (raw: Required<RawHooks>) => RawHooks, RegExp]>([
    ['counts nothing', 'budget.growth', () => ({ count: async () => 0 }), /returned 0 before a/],
    [
      'counts in text',
      'budget.growth',
      () => ({ count: async () => '12' as never }),
      /^raw\.count\(\) resolved with '12': it must resolve with the number of rows/,
    ],
    [
      'rejects',
      'budget.growth',
      () => ({ count: () => Promise.reject(new Error('no such table')) }),
      /^raw\.count\(\) threw Error: no such table\. It must resolve with the number/,
    ],
    [
      'has lost its connection',
      'budget.growth',
      () => ({ count: () => Promise.reject(new Error('Connection is closed.')) }),
      /^raw\.count\(\) threw Error: Connection is closed\. The connection of .* must be the namespace and the instance/,
    ],
    [
      'does not run the work',
      'budget.index',
      () => ({ explain: async () => [] }),
      /^raw\.explain\(\) ran the work 0 times/,
    ],
    [
      'runs the work twice',
      'budget.index',
      () => ({ explain: async (_, work) => (await work(), await work(), []) }),
      /^raw\.explain\(\) ran the work 2 times/,
    ],
    [
      'does not wait for the work',
      'budget.index',
      () => ({ explain: async (_, work) => (void work(), []) }),
      /^raw\.explain\(\) resolved before the work had ended/,
    ],
    [
      'explains with a text',
      'budget.index',
      () => ({ explain: async (_, work) => (await work(), '' as never) }),
      /^raw\.explain\(\) resolved with '': it must resolve with a list/,
    ],
    [
      'dumps an object',
      'secret.at-rest',
      () => ({ dump: async () => ({}) as never }),
      /^raw\.dump\(\) resolved with \{\}: it must resolve with everything/,
    ],
    [
      'names one time for every credential',
      'expiry.native',
      () => ({ removedAt: async () => 5 }),
      /^raw\.removedAt\(\) returned 5 for two credentials that expire an hour apart/,
    ],
    [
      'names one time for every record',
      'expiry.native-record',
      () => ({ recordRemovedAt: async () => 5 }),
      /^raw\.recordRemovedAt\(\) returned 5 for two records that expire an hour apart/,
    ],
    [
      'returns the same ends for ever',
      'expiry.native-ends',
      () => ({ ends: async () => ({ a: 5 }) }),
      /^raw\.ends\(\) returned 1 entries before a grant was issued and 1 afterwards/,
    ],
    [
      'returns undefined instead of a list',
      'budget.ttl',
      () => ({ immortal: async () => undefined as never }),
      /^raw\.immortal\(\) resolved with undefined: it must resolve with a list/,
    ],
  ])('%s fails %s', async (_, only, change, reason) => {
    const database = new Database()
    const raw = referenceRaw(database)
    const reasons = await reasonsOf({
      name: 'a correct store',
      only,
      raw: { ...raw, ...change(raw) },
      create: ({ namespace }) => ({
        store: referenceStore(directConnection(database), namespace, { cleanup: 'native' }),
      }),
    })
    expect(reasons[only]).toMatch(reason)
  })

  it('works passes', async () => {
    for (const only of ['budget.*', 'secret.*', 'schema.*'])
      expect(await reasonsOf(options(undefined, { only }))).toEqual({})
  })
})

describe('Ctrl-C', () => {
  it('ends the child processes, prints the cases that have ended, and exits with 130', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'interrupt-'))
    const notes = path.join(folder, 'pids')
    const main = path.resolve(__dirname, '../src/cli/main.ts')
    const args = [...execArgv, main, 'hostile/waiting.cjs', '--only', 'once.code.*']
    const child = spawn(process.execPath, args, {
      cwd: path.resolve(__dirname, 'fixtures'),
      env: { ...process.env, NOTES: notes, NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (text) => (out += String(text)))
    child.stderr.on('data', (text) => (err += String(text)))
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    // A second signal would end the process at once.
    const watcher = watch(folder)
    watcher.once('change', () => child.kill('SIGINT'))
    const code = await ended
    watcher.close()
    const pids = [...new Set(readFileSync(notes, 'utf8').trim().split('\n'))].map(Number)
    rmSync(folder, { recursive: true })
    expect([code, err]).toEqual([130, expect.stringMatching(/^Interrupted after \d+ cases\n$/)])
    expect(out).toMatch(/^once +\d/m)
    expect(out).toContain('Only a part of the suite ran, so no level is reached')
    expect(pids.length).toBeGreaterThan(0)
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })
})

function listeners(): number[] {
  return [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]
}

function fail(message: string): never {
  throw new Error(message)
}

/** Uses the processor for that many milliseconds of its time. */
function busy(milliseconds: number): void {
  const started = process.cpuUsage()
  for (;;) {
    const { user, system } = process.cpuUsage(started)
    if ((user + system) / 1000 >= milliseconds) return
  }
}
