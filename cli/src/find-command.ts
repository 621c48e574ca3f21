import { type Command, UsageError } from './command'
import { commands } from './commands'

/** A command with its arguments, or the commands of a group if none of them was named. */
export interface Found {
  command?: Command
  group: readonly Command[]
  rest: readonly string[]
}

/** Finds the command that the first words name. Throws a `UsageError` if it doesn't exist. */
export function findCommand(words: readonly string[]): Found {
  const [first = '', second = ''] = words
  if (first === '' || first.startsWith('-')) return { group: commands, rest: [] }
  const group = commands.filter(({ name }) => name === first || name.startsWith(`${first} `))
  if (group.length === 0) throw new UsageError(`unknown command "${first}"; see oauth2-kit --help`)
  const single = group.find(({ name }) => name === first)
  if (single) return { command: single, group, rest: words.slice(1) }
  const command = group.find(({ name }) => name === `${first} ${second}`)
  if (command) return { command, group, rest: words.slice(2) }
  if (second === '' || second.startsWith('-')) return { group, rest: [] }
  const names = group.map(({ name }) => name).join(', ')
  throw new UsageError(`unknown command "${first} ${second}"; use one of ${names}`)
}
