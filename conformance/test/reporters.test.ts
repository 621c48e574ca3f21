import { type Report, runConformance } from '../src'
import { reporters } from '../src/reporters'
import { causesOf } from '../src/reporters/causes'
import { allRun } from '../../test/support/growth'
import { benchOf } from '../src/self-test/bench'
import { answers } from '../src/self-test/mutant'
import type { Variant } from '../src/self-test/mutant'
import { createOf } from '../src/processes/module'
import type { Store } from '@oauth2-kit/core'

const command = 'npx oauth2-conformance ./store.js'

/** Runs all cases on a broken store, and returns the report. */
async function reportOn(name: string): Promise<Report> {
  const create = await createOf(require.resolve(`./fixtures/${name}.cjs`), 'createStore')
  return runConformance({
    name: `a <${name}> store`,
    randomSeed: 3,
    create: async (context) => ({ store: (await create(context)) as unknown as Store }),
  })
}

/** `npm run test:all` takes all of them. */
const broken: [string, string[]][] = [
  ['racy', ['once.code.stampede', 'once.refresh.stampede']],
  ['careless', ['shape.miss', 'expiry.precision']],
  ['forgetful', ['grant.replay.code', 'code.consume.second']],
]

describe.each(broken.slice(0, allRun ? broken.length : 1))(
  'the report on a %s store',
  (name, expected) => {
    // One run at a time: the core refuses passwords while it verifies too many others.
    let report: Report
    beforeAll(async () => {
      report = await reportOn(name)
    })

    it('pretty: shows every group, each cause with its replay command, and the level', async () => {
      const text = reporters.pretty(report, command)
      const causes = causesOf(report.verdicts)
      expect(failedIn(report)).toEqual(expect.arrayContaining(expected))
      for (const { case: one } of report.verdicts)
        expect(text).toMatch(new RegExp(`^${one.group} `, 'm'))
      for (const { first } of causes)
        expect(text).toContain(`${command} --only ${first.case.id} --seed 3`)
      for (const id of failedIn(report)) expect(text).toContain(id)
      expect(text).toContain(
        `${failedIn(report).length} cases failed, probably for ${causes.length} cause`,
      )
      expect(text).toMatch(/\d+ failed\. Level reached: (none|contract), of fast\S*\n$/)
    })

    it('tap: prints one line per case, as many as the plan states', async () => {
      const lines = reporters.tap(report, command).split('\n')
      expect(lines[1]).toBe(`1..${report.verdicts.length}`)
      expect(lines.filter((line) => /^(not )?ok \d+ - /.test(line))).toHaveLength(
        report.verdicts.length,
      )
      expect(lines.filter((line) => line.startsWith('not ok'))).toHaveLength(
        failedIn(report).length,
      )
    })

    it('json: reports the same results as JSON', async () => {
      const read = JSON.parse(reporters.json(report, command)) as {
        reached: string | null
        counts: { failed: number }
        causes: { first: string; followers: string[] }[]
        cases: { id: string; status: string; replay?: string; cause?: string }[]
      }
      expect(read.reached).toBe(report.reached)
      expect(read.counts.failed).toBe(failedIn(report).length)
      expect(read.cases.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual(
        failedIn(report),
      )
      for (const { id, replay, cause } of read.cases.filter((one) => one.status === 'failed')) {
        expect(replay).toContain(`--only ${id}`)
        const { followers } = read.causes.find(({ first }) => first === cause)!
        expect([cause, ...followers]).toContain(id)
      }
    })

    it('junit: is well-formed and counts the failures', async () => {
      const text = reporters.junit(report, command)
      expect(unclosedIn(text)).toEqual([])
      expect(text.match(/<failure /g)).toHaveLength(failedIn(report).length)
      expect(text).toContain(`a &lt;${name}&gt; store`)
      expect(text.replaceAll(/<[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/)
    })

    it('markdown: has a badge, a table and a section for each cause', async () => {
      const text = reporters.markdown(report, command)
      expect(text).toMatch(/^## !\[oauth2-kit: (failed|contract)\]/)
      expect(text.match(/^### ✗ /gm)).toHaveLength(causesOf(report.verdicts).length)
      for (const id of failedIn(report)) expect(text).toContain(id)
    })

    it('github: prints one annotation line per cause', async () => {
      const lines = reporters.github(report, command).trimEnd().split('\n')
      expect(lines.filter((line) => line.startsWith('::error title='))).toHaveLength(
        causesOf(report.verdicts).length,
      )
      for (const id of failedIn(report)) expect(lines.join('\n')).toContain(id)
      for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) title=[^:]+::/)
    })
  },
)

/** Cases that take long, and fail for none of these stores alone. */
const slow = ['fuzz', 'growth', 'purge', 'inject', 'life', 'revoke.many', '*.list.many']

/** Stores with one wrong field, the case that must come first, and what its failure says. */
const wrongFields: [Variant, string, RegExp][] = [
  [
    {
      name: '"data" cut at 255 characters by find()',
      breaks: ({ store }) => ({
        find: answers(store.find, (one) => one && { ...one, data: one.data.slice(0, 255) }),
      }),
    },
    'value.large',
    /: "data" is cut after 255 of [\d,]+ characters/,
  ],
  [
    {
      name: 'an accessTokenLifetime of 0 lost by createClient()',
      breaks: ({ store }) => ({
        createClient: ({ accessTokenLifetime: seconds, ...client }) =>
          store.createClient(seconds ? { ...client, accessTokenLifetime: seconds } : client),
      }),
    },
    'client.round-trip',
    /getClient\(\).*: "accessTokenLifetime" is missing, expected (null|0)$/,
  ],
  [
    {
      name: 'expiresAt in seconds from find()',
      breaks: ({ store }) => ({
        find: answers(
          store.find,
          (one) => one && { ...one, expiresAt: one.expiresAt && Math.floor(one.expiresAt / 1000) },
        ),
      }),
    },
    'expiry.unit',
    /"expiresAt" (is )?a factor of 1000 too small \(seconds for milliseconds\?\)/,
  ],
]

describe.each(wrongFields)('the report on a store with $name', (variant, first, seen) => {
  let report: Report
  beforeAll(async () => {
    await using bench = await benchOf(variant)
    report = await runConformance({
      ...bench.options,
      except: slow,
      randomSeed: 3,
    })
  })

  it('pretty: is shorter than 60 lines, and begins with the true case and its cause', async () => {
    const lines = reporters.pretty(report, command).split('\n')
    expect(lines.length).toBeLessThan(60)
    const at = lines.findIndex((line) => line.includes('✗'))
    expect(lines[at]).toContain(`✗ ${first}: `)
    expect(lines.slice(at + 1, at + 3).join('\n')).toMatch(new RegExp(seen.source, 'm'))
  })

  it('every reporter: leads from each failure to the first one', async () => {
    const followers = failedIn(report).filter((id) => id !== first)
    const junit = reporters.junit(report, command)
    expect(
      junit.match(new RegExp(`Probably the same cause as ${first}: see there`, 'g')),
    ).toHaveLength(followers.length)
    const tap = reporters.tap(report, command)
    expect(tap.match(new RegExp(`cause: "probably that of ${first}"`, 'g'))).toHaveLength(
      followers.length,
    )
    const { causes } = JSON.parse(reporters.json(report, command)) as { causes: unknown[] }
    expect(causes).toHaveLength(1)
    for (const name of ['markdown', 'github'] as const)
      expect(reporters[name](report, command)).toContain('Probably the same cause: ')
  })
})

function failedIn({ verdicts }: Report): string[] {
  return verdicts.filter(({ status }) => status === 'failed').map((one) => one.case.id)
}

/** Returns the elements of an XML text that are not closed, or are closed in the wrong order. */
function unclosedIn(text: string): string[] {
  const stack: string[] = []
  for (const [, end, tag = '', empty] of text.matchAll(
    /<(\/?)([a-z]+)(?:\s+[a-z]+="[^"<]*")*\s*(\/?)>/g,
  )) {
    if (!end && !empty) stack.push(tag)
    else if (end && stack.at(-1) === tag) stack.pop()
    else if (end) stack.push(`/${tag}`)
  }
  return stack
}
