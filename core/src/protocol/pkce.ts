import { hash } from 'node:crypto'
import { equalHashes } from '../crypto/hash'

/** Returns whether the text is an S256 code challenge (RFC 7636 4.2): 32 bytes in base64url. */
export function isCodeChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/** Returns whether the verifier matches the challenge by S256 (RFC 7636 4.1 and 4.6). */
export function verifiesChallenge(verifier: string, challenge: string): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  return equalHashes(hash('sha256', verifier, 'base64url'), challenge)
}
