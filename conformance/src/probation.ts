/**
 * Returns whether a failure of the case is only a warning: a case that a patch release added
 * becomes an error with the next minor release.
 */
export function isOnProbation(since: string, version: string): boolean {
  const [sinceMajor, sinceMinor, sincePatch] = since.split('.')
  const [major, minor] = version.split('.')
  return sinceMajor === major && sinceMinor === minor && sincePatch !== '0'
}
