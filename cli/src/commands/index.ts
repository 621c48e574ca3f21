import type { Command } from '../command'
import { withStore } from '../with-store'
import { check } from './check'
import { createClientCommand } from './client-create'
import { deleteClientCommand } from './client-delete'
import { listClientsCommand } from './client-list'
import { rotateSecretCommand } from './client-rotate-secret'
import { showClientCommand } from './client-show'
import { updateClientCommand } from './client-update'
import { listGrantsCommand } from './grant-list'
import { importCommand } from './import'
import { init } from './init'
import { initStore } from './init-store'
import { generateKeys } from './keys-generate'
import { listKeys } from './keys-list'
import { publicKeys } from './keys-public'
import { rotateKeys } from './keys-rotate'
import { purgeCommand } from './purge'
import { revoke } from './revoke'
import { createUserCommand } from './user-create'
import { deleteUserCommand } from './user-delete'
import { listUsersCommand } from './user-list'
import { setPasswordCommand } from './user-set-password'
import { showUserCommand } from './user-show'

/** All commands of this package, in the order of the help. */
export const commands: readonly Command[] = [
  init,
  initStore,
  ...[
    createClientCommand,
    listClientsCommand,
    showClientCommand,
    updateClientCommand,
    rotateSecretCommand,
    deleteClientCommand,
    createUserCommand,
    listUsersCommand,
    showUserCommand,
    setPasswordCommand,
    deleteUserCommand,
    listGrantsCommand,
    importCommand,
    revoke,
    purgeCommand,
    check,
  ].map(withStore),
  generateKeys,
  rotateKeys,
  listKeys,
  publicKeys,
]
