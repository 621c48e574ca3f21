import { setTimeout as sleep } from 'node:timers/promises'
import { deleteClient, deleteUser, rotateClientSecret } from '@oauth2-kit/core'
import type { Act } from '../accounts'
import type { Operation } from '../log'
import type { Fault, Scene } from './fault'

const accounts = 8
const pauseMs = 500

/** Nothing breaks, but accounts are changed while they are in use. */
export const changeAccounts: readonly Fault[] = [
  fault(
    'delete-client',
    `seven of ${accounts} clients are deleted one after the other, while they exchange and refresh`,
    (scene) =>
      changeEach(scene, 'delete', async (store, { clientId }) => {
        await deleteClient(store, clientId)
        return undefined
      }),
  ),
  fault(
    'delete-user',
    `seven of ${accounts} users are deleted one after the other, while their clients exchange and refresh`,
    (scene) =>
      changeEach(scene, 'delete', async (store, { username }) => {
        await deleteUser(store, username)
        return undefined
      }),
  ),
  fault(
    'rotate-secret',
    `seven of ${accounts} clients get new secrets one after the other, while they exchange and refresh`,
    (scene) =>
      changeEach(scene, 'rotate-secret', async (store, { clientId }) => {
        const { secret } = await rotateClientSecret(store, clientId)
        return secret!
      }),
  ),
]

function fault(name: string, what: string, change: (scene: Scene) => Promise<void>): Fault {
  return {
    name,
    what,
    needs: ['processes'],
    accounts,
    lastsMs: 0,
    break: change,
    fix: async () => {},
  }
}

/** Changes all accounts except the last one, which stays in use. */
async function changeEach({ change, accounts: all }: Scene, operation: Operation, act: Act) {
  for (const account of all.slice(0, -1)) {
    await sleep(pauseMs)
    await change(account, operation, act)
  }
}
