import { type Report, runConformance } from '../src/index'
import { reporters } from '../src/reporters'
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

describe.each([
  ['racy', ['once.code.stampede', 'once.refresh.stampede']],
  ['careless', ['shape.miss', 'expiry.precision']],
  ['forgetful', ['grant.replay.code', 'code.consume.second']],
])('the report on a %s store', (name, expected) => {
  const reporting = reportOn(name)

  it('pretty: shows every group, each failure with its replay command, and the level', async () => {
    const report = await reporting
    const text = reporters.pretty(report, command)
    expect(failedIn(report)).toEqual(expect.arrayContaining(expected))
    for (const { case: one } of report.verdicts)
      expect(text).toMatch(new RegExp(`^${one.group} `, 'm'))
    for (const id of failedIn(report)) expect(text).toContain(`${command} --only ${id} --seed 3`)
    expect(text).toMatch(/\d+ failed\. Level reached: (none|contract), of fast/)
  }, 120_000)

  it('tap: prints one line per case, as many as the plan states', async () => {
    const report = await reporting
    const lines = reporters.tap(report, command).split('\n')
    expect(lines[1]).toBe(`1..${report.verdicts.length}`)
    expect(lines.filter((line) => /^(not )?ok \d+ - /.test(line))).toHaveLength(
      report.verdicts.length,
    )
    expect(lines.filter((line) => line.startsWith('not ok'))).toHaveLength(failedIn(report).length)
  }, 120_000)

  it('json: reports the same results as JSON', async () => {
    const report = await reporting
    const read = JSON.parse(reporters.json(report, command)) as {
      reached: string | null
      counts: { failed: number }
      cases: { id: string; status: string; replay?: string }[]
    }
    expect(read.reached).toBe(report.reached)
    expect(read.counts.failed).toBe(failedIn(report).length)
    expect(read.cases.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual(
      failedIn(report),
    )
    expect(read.cases.find(({ id }) => id === expected[0])?.replay).toContain(
      `--only ${expected[0]}`,
    )
  }, 120_000)

  it('junit: is well-formed and counts the failures', async () => {
    const report = await reporting
    const text = reporters.junit(report, command)
    expect(unclosedIn(text)).toEqual([])
    expect(text.match(/<failure /g)).toHaveLength(failedIn(report).length)
    expect(text).toContain(`a &lt;${name}&gt; store`)
    expect(text.replaceAll(/<[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/)
  }, 120_000)

  it('markdown: has a badge, a table and a section for each failure', async () => {
    const report = await reporting
    const text = reporters.markdown(report, command)
    expect(text).toMatch(/^## !\[oauth2-kit: (failed|contract)\]/)
    expect(text.match(/^### ✗ /gm)).toHaveLength(failedIn(report).length)
  }, 120_000)

  it('github: prints one annotation line per failure', async () => {
    const report = await reporting
    const lines = reporters.github(report, command).trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('::error title='))).toHaveLength(
      failedIn(report).length,
    )
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) title=[^:]+::/)
  }, 120_000)
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
