/** Returns the CPU time of this process in milliseconds, which other load does not increase. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
