import { join } from 'node:path'
import type { MakeContender } from './contender'
import type { PeerOn } from '../end-to-end/contenders'

/** The peers. Each has the name of its package. */
export const peerNames = [
  '@node-oauth/oauth2-server',
  '@node-oauth/express-oauth-server',
  '@jmondi/oauth2-server',
  'oidc-provider',
] as const

/** The name of a peer. */
export type PeerName = (typeof peerNames)[number]

/** What the package in `peersFolder` exports as `peers`. */
export type Peers = Readonly<Record<PeerName, MakeContender>>

/**
 * The folder of the package with the peers. It is not a workspace, so `npm install` in the root
 * folder doesn't install them.
 */
export const peersFolder = join(__dirname, '../../peers')

/** Loads the peers. Throws an Error if they are not installed or not built. */
export function loadPeers(): Peers {
  return load().peers
}

/** What that package exports as `peersOn`: peers on real databases, by their names in the tables. */
export type PeersOn = Readonly<Record<string, PeerOn>>

/** Loads the peers on real databases. Throws an Error if they are not installed or not built. */
export function loadPeersOn(): PeersOn {
  return load().peersOn
}

function load(): { peers: Peers; peersOn: PeersOn } {
  try {
    return require(peersFolder) as { peers: Peers; peersOn: PeersOn }
  } catch (error) {
    const message = 'Cannot load bench/peers: run "npm run bench", which installs and builds it'
    throw new Error(message, { cause: error })
  }
}
