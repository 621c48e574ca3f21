import type { Credential } from '../contract/store'
import type { CredentialData, Rotations } from '../storage/credential-data'
import { dataOf } from '../storage/parsed-data'

/** A code or refresh token that was looked up, until tokens are saved for it. */
export class Presented {
  readonly credential: Credential
  readonly data: Readonly<CredentialData>
  /** The number of refreshes of the grant with this one. */
  readonly rotations: Rotations | undefined
  /** Whether this process has redeemed it. */
  isRedeemed = false
  /** Whether the server has read the PKCE challenge. */
  isChallengeRead = false

  constructor(credential: Credential, rotations?: Rotations) {
    this.credential = credential
    this.data = dataOf(credential.data)
    this.rotations = rotations
  }
}
