/**
 * Returns the CPU time of this process since `start`, including all its threads, in microseconds.
 */
export function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return user + system
}
