/** Milliseconds that this process has run so far: a busy machine makes them no more. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
