import type { Case } from '../case'
import { cases } from '../cases'
import { type ModelContractName, modelContracts } from '../model/contracts'
import { forModel } from '../model/texts'
import type { Mutant } from './mutant'
import { mutants } from './mutants'

/** The kinds of mutants: what they are, and how a page calls them. */
const kinds: readonly [of: string, title: string, isOne: (one: Mutant) => boolean][] = [
  ['stores', 'Stores', (one) => !('breaksModel' in one) && !('promiseModel' in one)],
  ['models of 2.4', 'Models of 2.4', (one) => 'breaksModel' in one],
  ['promise models', 'Promise models', (one) => 'promiseModel' in one],
]

/** The pages that are generated from the code; a test checks that they are up to date. */
export const pages: Readonly<Record<string, () => string>> = {
  'mutants.md': () =>
    [
      '# Stores and models that break one promise, and the case that catches each',
      ...kinds.flatMap(([, title, isOne]) => [
        '',
        `## ${title}`,
        '',
        '| what is broken | caught by |',
        '|---|---|',
        ...mutants.filter(isOne).map((one) => `| ${cell(one.name)} | ${one.caughtBy} |`),
      ]),
      '',
    ].join('\n'),

  'cases.md': () => {
    const groups = [...new Set(cases().map(({ group }) => group))]
    const links = groups.map((group) => `[${group}](${group}.md)`).join(' · ')
    return `# Every case\n\n${cases().length} cases in ${groups.length} groups: ${links}\n`
  },

  ...Object.fromEntries(
    [...new Set(cases().map(({ group }) => group))].map((group) => [
      `${group}.md`,
      () => pageOf(group),
    ]),
  ),
}

function pageOf(group: string): string {
  const sections = cases()
    .filter((one) => one.group === group)
    .map((one) => {
      const caught = mutants.filter(({ caughtBy }) => caughtBy === one.id)
      const facts = [
        `Level ${one.level}, since ${one.since}`,
        ...(one.needs.length > 0 ? [`needs ${one.needs.join(', ')}`] : []),
        `checked on ${checkedOn(one)}`,
      ]
      const lines = [
        `## ${one.id}`,
        '',
        sentence(one.title),
        '',
        ...titlesFor(one),
        `- **Why**: ${one.why}`,
        `- **Usual fix**: ${one.fix}`,
        ...kinds.flatMap(([of, , isOne]) => {
          const names = caught.filter(isOne).map(({ name }) => name)
          return names.length > 0 ? [`- **Catches**, of ${of}: ${names.join('; ')}`] : []
        }),
        `- ${facts.join(' · ')}`,
      ]
      return lines.join('\n')
    })
  return `# ${group}\n\n${sections.join('\n\n')}\n`
}

/** What a page calls a model of each contract. */
const modelsInWords: Readonly<Record<ModelContractName, string>> = {
  '2.4': 'a model of 2.4',
  promise: 'a promise model',
}

/** Returns what the case promises of models, if that has other words than the title. */
function titlesFor(one: Case): string[] {
  const offered = modelContracts.filter((contract) => one.run && one.models?.[contract])
  const titles = offered.map((contract) => forModel(one, contract).title)
  const isSame = offered.length === 2 && titles[0] === titles[1]
  return (isSame ? offered.slice(0, 1) : offered).flatMap((contract, n) => {
    if (titles[n] === one.title) return []
    return [`- **Of ${isSame ? 'a model' : modelsInWords[contract]}**: ${sentence(titles[n]!)}`]
  })
}

/** Returns what the case is checked on: stores, and models of one contract or both. */
function checkedOn({ run, models = {} }: Case): string {
  const on = [
    ...(run ? ['stores'] : []),
    ...(models['2.4'] ? ['models of 2.4'] : []),
    ...(models.promise ? ['promise models'] : []),
  ]
  return on.length < 3 ? on.join(' and ') : `${on.slice(0, -1).join(', ')} and ${on.at(-1)}`
}

function sentence(title: string): string {
  // The name of a method stays as it is.
  const startsWithMethod = /^\w+\(\)/.test(title)
  return `${startsWithMethod ? title : title.charAt(0).toUpperCase() + title.slice(1)}.`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
