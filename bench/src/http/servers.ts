import type { ContenderName } from '../contenders'
import type { Setup } from './setup'

/** What a table's servers run on. */
export type Platform = 'express' | 'node'

/** A server of a table. */
export interface Entry extends Setup {
  contender: ContenderName
  /** The target: at most this multiple of what the reference adds. */
  atMost?: number
}

/** Servers by label. */
export type Entries = Readonly<Record<string, Entry>>

/** The column with what a server adds, divided by what 2.4.1 adds. */
export const overOld = '× 2.4.1'

/** The column with what a server adds, divided by what the best peer adds. */
export const overBest = '× best peer'

const old: ContenderName = 'oauth2-server 2.4.1'
const onExpress: readonly ContenderName[] = [
  old,
  '@node-oauth/express-oauth-server',
  '@jmondi/oauth2-server',
]
const onNode: readonly ContenderName[] = [
  '@node-oauth/oauth2-server',
  '@jmondi/oauth2-server',
  'oidc-provider',
]
const ours: readonly ContenderName[] = [
  'oauth2-kit on a callback model',
  'oauth2-kit on memoryStore',
]

function entries(names: readonly ContenderName[], setup: Setup & { atMost?: number }): Entries {
  return Object.fromEntries(
    names.map((contender) => {
      const label = setup.parser ? `${contender}, urlencoded()` : contender
      return [setup.quick ? `${label}, createServer(app)` : label, { ...setup, contender }]
    }),
  )
}

/** The servers on Express 5, behind `express.urlencoded()` if a form must be parsed. */
export const expressServers = {
  /** `atMost` is a multiple of what 2.4.1 adds. */
  resource: (atMost: number): Entries => ({
    ...entries(onExpress, {}),
    ...entries(ours, { atMost }),
    ...entries([old, 'oauth2-kit on memoryStore'], { quick: true }),
  }),
  token: (atMost: number): Entries => ({
    ...entries(onExpress, { parser: true }),
    ...entries(ours, { atMost }),
    ...entries(ours, { parser: true, atMost }),
  }),
}

/** The labels of 2.4.1 in these tables. */
export const references = { resource: old, token: `${old}, urlencoded()` }

/** The column with what a server adds, divided by what jose alone adds. */
export const overJose = '× jose'

/** The label of jose alone. */
export const joseAlone: ContenderName = 'jose alone'

/** The servers on bare node:http with signed tokens. `atMost` is a multiple of what jose adds. */
export const signedServers = (atMost: number): Entries => ({
  ...entries([joseAlone], { node: true }),
  ...entries(['oauth2-kit, signed tokens'], { node: true, atMost }),
})

/** The servers on bare node:http. */
export const nodeServers: Entries = {
  ...entries(onNode, { node: true }),
  ...entries(ours, { node: true, atMost: 1 }),
}
