/** An optional peer, loaded when a database needs it; an Error says what to install. */
export function driver(name: string): unknown {
  try {
    return require(name)
  } catch (error) {
    throw new Error(`Install "${name}": tests on its database need it`, { cause: error })
  }
}
