import { randomBytes } from 'node:crypto'
import { randomHex } from '../../../core/dist/crypto/random'
import type { Trick } from './trick'

const tokenBytes = 20

/** A token whose random bytes come from a pool, which one call of the generator fills for many. */
export const randomPool: Trick = () => ({
  plain: () => randomBytes(tokenBytes).toString('hex'),
  trick: () => randomHex(tokenBytes),
})
