import type { Command } from './command'
import { table } from './table'

/** Returns the help for several commands. */
export function overview(commands: readonly Command[]): string {
  return `Usage: oauth2-kit COMMAND [options]

${summaries(commands)}

Run oauth2-kit COMMAND --help for the options of a command.`
}

/** Returns the help for one command. */
export function commandHelp({ name, summary, positionals, options, notes = [] }: Command): string {
  const rows = Object.entries(options).map(([option, { value, multiple, about }]) => [
    `  --${option}${value === undefined ? '' : ` ${value}`}`,
    multiple ? `${about}; may be repeated` : about,
  ])
  const usage = ['oauth2-kit', name, ...positionals, '[options]'].join(' ')
  return [
    `Usage: ${usage}`,
    '',
    summary,
    '',
    table(rows),
    ...notes.map((note) => `\n${note}`),
  ].join('\n')
}

function summaries(commands: readonly Command[]): string {
  return table(
    commands.map(({ name, positionals, summary }) => [
      `  ${[name, ...positionals].join(' ')}`,
      summary,
    ]),
  )
}
