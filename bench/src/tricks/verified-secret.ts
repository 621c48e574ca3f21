import { secretVerifier } from '../../../core/dist/crypto/client-secret'
import { scryptPasswords } from '../../../core/dist/crypto/password'
import type { Trick } from './trick'

const secret = 'correct horse battery staple'

/** A chosen client secret that was verified before, so that it needs no slow hash again. */
export const verifiedSecret: Trick = async () => {
  const hash = await scryptPasswords.hash(secret)
  const { verify } = secretVerifier(scryptPasswords)
  return {
    plain: () => scryptPasswords.verify(secret, hash),
    trick: () => verify([secret], [hash]),
  }
}
