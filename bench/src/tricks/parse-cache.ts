import { dataOf } from '../../../core/dist/storage/parsed-data'
import type { Trick } from './trick'

/** The data of an access token, which is the same for the tokens of a client. */
export const parsedBefore: Trick = () => {
  // A new string each time, as from a database: V8 has not computed its hash yet.
  const bytes = Buffer.from('{"scope":"profile email"}')
  return waysFor(() => bytes.toString('latin1'))
}

/** The data of a refresh token that was rotated. It counts rotations, so it is not in the cache. */
export const parsedNeverBefore: Trick = () => {
  let since = Date.now()
  return waysFor(() => `{"scope":"profile email","rotations":{"since":${since++},"count":1}}`)
}

function waysFor(text: () => string): ReturnType<Trick> {
  return {
    plain: () => JSON.parse(text()) as unknown,
    trick: () => dataOf(text()),
  }
}
