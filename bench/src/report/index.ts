import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Recorded, allRecorded } from '../recorded'
import { type Result, type Row, isMet, numberText } from '../result'
import { barChart, lineChart } from './chart'
import { method } from './method'
import { type Section, sections } from './sections'

// Writes docs/performance.md and its pictures from what the benchmarks have kept.

const folder = join(__dirname, '../../../docs')

function main(): void {
  const recorded = allRecorded()
  mkdirSync(folder, { recursive: true })
  const parts = sections.flatMap((section) => {
    const found = section.benchmarks.flatMap((name) => recorded.get(name) ?? [])
    return found.length === 0 ? [] : [sectionText(section, found)]
  })
  const text = [intro, circumstances([...recorded.values()]), method, ...parts].join('\n')
  writeFileSync(join(folder, 'performance.md'), text)
  console.log('docs/performance.md is written')
}

const intro = `# Performance

_Written by \`npm run bench:report\` from what \`npm run bench\` has measured: not by hand._
`

function circumstances(all: readonly Recorded[]): string {
  const versions: Record<string, Set<string>> = {}
  for (const { node, versions: its } of all) {
    for (const [name, version] of Object.entries({ 'Node.js': node, ...its }))
      (versions[name] ??= new Set()).add(version)
  }
  const machines = new Set(
    all.map(({ machine: { cores, platform, arch } }) => `${cores} cores, ${platform}, ${arch}`),
  )
  const list = Object.entries(versions).map(
    ([name, found]) => `${name} ${[...found].join(' and ')}`,
  )
  return `Measured on a virtual machine with ${[...machines].join(' and on one with ')}.\n\n${list.join(', ')}.\n`
}

function sectionText({ heading, text, picture }: Section, found: readonly Recorded[]): string {
  const results = found.flatMap((one) => one.results)
  const parts = [`## ${heading}`, text]
  if (picture) {
    const draw = picture.kind === 'bars' ? barChart : lineChart
    writeFileSync(join(folder, picture.file), draw(results))
    parts.push(`![${picture.alt}](${picture.file})`)
  }
  for (const one of found) parts.push(...one.results.map(tableText), circumstancesOf(one))
  return `${parts.join('\n\n')}\n`
}

function circumstancesOf({ name, date, load, machine, isQuick }: Recorded): string {
  const busy =
    load > machine.cores + 1
      ? `the machine was busy with other things: ${load} processes wanted its ${machine.cores} cores`
      : `load ${load} on ${machine.cores} cores`
  return `_\`npm run bench -- ${name}\`, ${date}; ${busy}${isQuick ? '; a quick run, so roughly' : ''}._`
}

function tableText({ title, columns, rows }: Result): string {
  const hasTargets = rows.some(({ target }) => target)
  const heads = ['', ...Object.keys(columns).map((name) => name.trim())]
  return [
    `**${title}**`,
    '',
    line(hasTargets ? [...heads, 'to reach'] : heads),
    line([...heads, ...(hasTargets ? [''] : [])].map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map((row) => {
      const cells = Object.entries(columns).map(([name, digits]) =>
        numberText(row.values[name], digits),
      )
      return line([row.label, ...cells, ...(hasTargets ? [targetText(row)] : [])])
    }),
  ].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function targetText(row: Row): string {
  if (!row.target) return ''
  return `${row.target.column} ≤ ${row.target.atMost}: ${isMet(row) ? 'met' : '**not met**'}`
}

main()
