import { withCode } from './errors/error-code'

/** The lowest release of Node.js that the packages support. Their `engines` name the same one. */
export const lowestNode = '20.19'

/** Throws an Error with the code `OAUTH2_KIT_NODE` if this release of Node.js is too old. */
export function assertNodeVersion(): void {
  const problem = nodeProblem()
  if (problem !== undefined) throw withCode('OAUTH2_KIT_NODE', new Error(problem))
}

/** Returns a message if this release of Node.js is too old. */
export function nodeProblem(): string | undefined {
  const { node } = process.versions
  const [major, minor] = numbersOf(node)
  const [lowestMajor, lowestMinor] = numbersOf(lowestNode)
  const isOld = major < lowestMajor || (major === lowestMajor && minor < lowestMinor)
  return isOld ? `oauth2-kit needs Node.js ${lowestNode} or later; this is ${node}` : undefined
}

function numbersOf(version: string): [major: number, minor: number] {
  const [major, minor] = version.split('.').map(Number)
  return [major!, minor!]
}
