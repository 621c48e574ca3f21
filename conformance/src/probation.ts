/**
 * Whether a case is on probation, so that its failure is a warning: one that a patch release has
 * brought turns into an error with the next minor release.
 */
export function isOnProbation(since: string, version: string): boolean {
  const [sinceMajor, sinceMinor, sincePatch] = since.split('.')
  const [major, minor] = version.split('.')
  return sinceMajor === major && sinceMinor === minor && sincePatch !== '0'
}
