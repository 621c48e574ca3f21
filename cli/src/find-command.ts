import { type Command, UsageError } from './command'
import { commands } from './commands'

/** A command with what follows its words, or a group of which none was named. */
export interface Found {
  command?: Command
  group: readonly Command[]
  rest: readonly string[]
}

/** Finds the command that the first words name. Throws a `UsageError` where there is none. */
export function findCommand(words: readonly string[]): Found {
  const [first = '', second = ''] = words
  if (first === '' || first.startsWith('-')) return { group: commands, rest: [] }
  const group = commands.filter(({ name }) => name === first || name.startsWith(`${first} `))
  if (group.length === 0)
    throw new UsageError(`there is no command "${first}"; see oauth2-kit --help`)
  const single = group.find(({ name }) => name === first)
  if (single) return { command: single, group, rest: words.slice(1) }
  const command = group.find(({ name }) => name === `${first} ${second}`)
  if (command) return { command, group, rest: words.slice(2) }
  if (second === '' || second.startsWith('-')) return { group, rest: [] }
  const names = group.map(({ name }) => name).join(', ')
  throw new UsageError(`there is no command "${first} ${second}"; there are ${names}`)
}
