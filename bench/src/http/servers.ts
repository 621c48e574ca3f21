import type { ContenderName } from '../contenders'
import type { Target } from '../result'
import type { Endpoint, Setup } from './setup'

/** A server of a table. */
export interface Entry extends Setup {
  /** What it adds is counted from this one. */
  bare?: string
  target?: Target
}

/** The column with what a server adds, over what 2.4.1 adds. */
export const ratio = '× 2.4.1'

const target: Target = { column: ratio, atMost: 0.75 }
const old: ContenderName = 'oauth2-server 2.4.1'
const nodeOAuth: ContenderName = '@node-oauth/oauth2-server'
const kitOnModel: ContenderName = 'oauth2-kit on a callback model'
const kitOnStore: ContenderName = 'oauth2-kit on memoryStore'

const bare = 'bare route'
const quickBare = 'bare route, createServer(app)'
const behind = (name: string) => `${name}, urlencoded()`
const quick: Record<string, Entry> = {
  [quickBare]: { quick: true },
  [`${kitOnStore}, createServer(app)`]: { contender: kitOnStore, quick: true, bare: quickBare },
}

/** The column with what a server takes, over what a bare one takes for the same bytes. */
export const overBare = '× bare'

const onNode = (atMost: number): Record<string, Entry> => ({
  'bare node:http': { node: true },
  [`${kitOnStore}, node:http`]: {
    contender: kitOnStore,
    node: true,
    bare: 'bare node:http',
    target: { column: overBare, atMost },
  },
})

/** The servers on bare node:http. */
export const nodeServers: Record<Endpoint, Record<string, Entry>> = {
  resource: onNode(1.5),
  token: onNode(2.2),
}

/** The same route by `app.listen()` and by the core's `createServer(app)`. */
export const createServerServers: Record<string, Entry> = {
  'app.listen()': {},
  'createServer(app)': {
    quick: true,
    bare: 'app.listen()',
    target: { column: overBare, atMost: 0.6 },
  },
}

/** The servers of each table by their labels; what 2.4.1 adds is what the others are held against. */
export const servers: Record<Endpoint, { reference: string; entries: Record<string, Entry> }> = {
  resource: {
    reference: old,
    entries: {
      [bare]: {},
      [old]: { contender: old, bare },
      [nodeOAuth]: { contender: nodeOAuth, bare },
      [kitOnModel]: { contender: kitOnModel, bare, target },
      [kitOnStore]: { contender: kitOnStore, bare, target },
      ...quick,
    },
  },
  token: {
    reference: behind(old),
    entries: {
      [bare]: {},
      [behind(bare)]: { parser: true, bare },
      [behind(old)]: { contender: old, parser: true, bare },
      [behind(nodeOAuth)]: { contender: nodeOAuth, parser: true, bare },
      [kitOnModel]: { contender: kitOnModel, bare, target },
      [kitOnStore]: { contender: kitOnStore, bare, target },
      [behind(kitOnStore)]: { contender: kitOnStore, parser: true, bare, target },
      ...quick,
    },
  },
}
