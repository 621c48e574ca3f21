/** Loads an optional peer dependency. Throws an Error if it is not installed. */
export function driver(name: string): unknown {
  try {
    return require(name)
  } catch (error) {
    throw new Error(`"${name}" is not installed: install it to test on its database`, {
      cause: error,
    })
  }
}
