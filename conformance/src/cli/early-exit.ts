/**
 * Calls `act` and sets the exit code to 1 if the process exits before this is disposed, such as by
 * `process.exit()` in the module under test.
 */
export function onEarlyExit(act: () => void): Disposable {
  const exiting = () => {
    process.exitCode = 1
    act()
  }
  process.once('exit', exiting)
  return { [Symbol.dispose]: () => process.off('exit', exiting) }
}
