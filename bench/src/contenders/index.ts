import type { MakeContender } from './contender'
import { joseContender } from './jose'
import { kitOnModelContender, kitOnStoreContender } from './kit'
import { oauth2ServerContender } from './oauth2-server'
import { loadPeers } from './peers'
import { signedContender } from './signed'

/** All contenders by their names in the tables. Each is set up for the given grant types. */
export const contenders = {
  'oauth2-server 2.4.1': oauth2ServerContender,
  // All of them are loaded, so that every process of a benchmark has loaded the same code.
  ...loadPeers(),
  'oauth2-kit on a callback model': kitOnModelContender,
  'oauth2-kit on memoryStore': kitOnStoreContender,
  'oauth2-kit, signed tokens': signedContender,
  'jose alone': joseContender,
} satisfies Record<string, MakeContender>

/** The name of a contender. */
export type ContenderName = keyof typeof contenders
