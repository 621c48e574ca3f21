import { dataOf } from '../../../core/dist/storage/parsed-data'
import type { Trick } from './trick'

/** The data of an access token, which is the same for the tokens of a client. */
export const parseCache: Trick = () => {
  // A new string each time, as from a database: V8 has not computed its hash yet.
  const bytes = Buffer.from('{"scope":"profile email"}')
  const text = () => bytes.toString('latin1')
  return {
    plain: () => JSON.parse(text()) as unknown,
    trick: () => dataOf(text()),
  }
}
