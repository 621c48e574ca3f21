import { grantIdTaken, hashTaken } from '@oauth2-kit/core/store-kit'
import type { NewCredential, Store } from '@oauth2-kit/core'
import type { Keep } from './changes'
import type { Content } from './content'
import type { KeptCredential, KeptGrant } from './schema'

/** The methods that issue, find, redeem and extend. */
export function credentialMethods(
  { grants, clients, deletedUsers, rows }: Content,
  keep: Keep,
): Pick<Store, 'issue' | 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  function add(credentials: NewCredential[], grant: KeptGrant): KeptCredential[] {
    if (credentials.some(({ hash }) => grants.find(hash))) {
      throw hashTaken()
    }
    return credentials.map((credential) => {
      const kept = rows.toKept(credential, grant)
      grants.add(kept)
      return kept
    })
  }

  return {
    async issue(grant, credentials, { clientVersion }) {
      const isMet =
        clientVersion === undefined || clients.get(grant.clientId)?.version === clientVersion
      if (!isMet || (grant.userId !== null && deletedUsers.byKey.has(grant.userId))) {
        return 'refused'
      }
      if (grants.byId.has(grant.id)) throw grantIdTaken()
      const kept = rows.toKeptGrant(grant, grants.nextSequence)
      add(credentials, kept)
      grants.addGrant(kept)
      await keep({ grant, sequence: kept.sequence, credentials })
      return 'issued'
    },

    async find(hash) {
      const credential = grants.find(hash)
      return credential ? rows.toCredential(credential) : null
    },

    async redeem({ hash, grant: { id } }, successors) {
      const grant = grants.byId.get(id)
      if (!grant) return { status: 'revoked' }
      const old = grants.find(hash)
      if (!old || old.grant !== grant) return { status: 'unknown' }
      if (old.successor !== null) {
        const isRepeated = old.successor === successors[0]!.hash
        await keep()
        return { status: isRepeated ? 'redeemed' : 'replayed' }
      }
      grants.redeem(old, add(successors, grant)[0]!)
      await keep({ redeemed: hash, of: id, successors })
      return { status: 'redeemed' }
    },

    async isRedeemed({ hash }) {
      return (grants.find(hash)?.successor ?? null) !== null
    },

    async extend({ id }, credentials) {
      const grant = grants.byId.get(id)
      if (!grant) return 'revoked'
      add(credentials, grant)
      await keep({ extended: id, credentials })
      return 'extended'
    },
  }
}
