/** How many statements are kept. The store has fewer; those with lists have many lengths. */
const most = 100

/**
 * Returns a function that prepares a statement, or returns the one that was prepared for the same
 * text. Statements that were not used for longest are forgotten.
 */
export function statementCache<Prepared>(
  prepare: (text: string) => Prepared,
): (text: string) => Prepared {
  const prepared = new Map<string, Prepared>()
  return (text) => {
    const statement = prepared.get(text) ?? prepare(text)
    // The last one is the one that was used last.
    prepared.delete(text)
    prepared.set(text, statement)
    if (prepared.size > most) prepared.delete(prepared.keys().next().value!)
    return statement
  }
}
