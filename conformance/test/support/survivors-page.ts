/** Returns the page about the stores that operators make: what was caught, and what was not. */
export function survivorsPage(
  caught: Readonly<Record<string, string | null>>,
  equivalents: Readonly<Record<string, string>>,
): string {
  const rows = new Map<string, { made: number; caught: number; equivalent: number }>()
  for (const [name, id] of Object.entries(caught)) {
    const [method] = /^\w+\(\)/.exec(name) ?? [name]
    const row = rows.get(method) ?? { made: 0, caught: 0, equivalent: 0 }
    rows.set(method, {
      made: row.made + 1,
      caught: row.caught + Number(id !== null),
      equivalent: row.equivalent + Number(id === null && name in equivalents),
    })
  }
  const counts = [...rows.values()]
  const sum = (count: (row: (typeof counts)[number]) => number) =>
    counts.reduce((total, row) => total + count(row), 0)
  const lines = [...rows].map(
    ([method, { made, caught: found, equivalent }]) =>
      `| \`${method}\` | ${made} | ${found} | ${equivalent} | ${made - found - equivalent} |`,
  )
  const total = [sum((row) => row.made), sum((row) => row.caught), sum((row) => row.equivalent)]
  return [
    '# Stores that operators make',
    '',
    'Besides [those that were written by hand](mutants.md), these broken stores are made by operators. Some change',
    'a value, an argument or a whole method of the reference store: they cut, trim, fold, sort, cap, cache, swallow,',
    'repeat, default and convert. Others change its source: they drop a condition, negate it, move a boundary by one,',
    'or remove a statement. `npm run survey` looks for a case that catches each store.',
    '',
    '| method | stores | caught | equivalent | survivors |',
    '|---|---|---|---|---|',
    ...lines,
    `| **all** | ${total[0]} | ${total[1]} | ${total[2]} | ${total[0]! - total[1]! - total[2]!} |`,
    '',
    '## Equivalent stores',
    '',
    'These keep the contract in spite of the change, so no case may fail on them.',
    '',
    '| store | why it is right |',
    '|---|---|',
    ...Object.entries(equivalents).map(
      ([name, reason]) => `| ${name.replaceAll('|', '\\|')} | ${reason} |`,
    ),
    '',
  ].join('\n')
}
