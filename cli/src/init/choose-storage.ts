import { type Surroundings, UsageError, type Values, text } from '../command'
import { type Choice, Questions } from './questions'
import { type Storage, aboutStorage, hasChoice, listed, stores } from './stores'

const storeNames = stores.map(({ name }) => name).join(', ')

/**
 * Resolves with the store and the database that the options name. It asks for those that they don't
 * name, or with `--yes` takes the first ones. Throws a `UsageError` if an option is wrong, or if no
 * store is named and there is no terminal to ask on.
 */
export async function chooseStorage(values: Values, surroundings: Surroundings): Promise<Storage> {
  const isTerminal = surroundings.stdin.isTTY === true
  if (text(values, 'store') === undefined && !values['yes'] && !isTerminal) {
    throw new UsageError(
      `no terminal to ask on: set --store to one of ${storeNames}, or use --yes for ${aboutDefault()}`,
    )
  }
  using questions = new Questions(surroundings)
  const store = await choose('store', 'Where should the provider store its data?', stores)
  if (hasChoice(store)) {
    return { store, database: await choose('database', 'In which database?', store.databases) }
  }
  const [database] = store.databases
  if (text(values, 'database') === undefined) return { store, database }
  const others = stores.filter(hasChoice).map(({ name }) => name)
  throw new UsageError(
    `--database: the store ${store.name} has no choice of databases; ${listed(others)} have`,
  )

  async function choose<C extends Choice>(
    option: string,
    question: string,
    choices: readonly C[],
  ): Promise<C> {
    const named = text(values, option)
    if (named === undefined && isTerminal && !values['yes']) {
      return questions.choose(question, choices)
    }
    const chosen = named === undefined ? choices[0] : choices.find(({ name }) => name === named)
    if (chosen) return chosen
    const names = choices.map(({ name }) => name).join(', ')
    throw new UsageError(`--${option}: unknown ${option} "${named}"; use one of ${names}`)
  }
}

/** Says what is taken without a question. */
function aboutDefault(): string {
  const [store] = stores
  return store ? aboutStorage({ store, database: store.databases[0] }) : ''
}
