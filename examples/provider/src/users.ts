import { hashPassword } from '@oauth2-kit/core'
import { type Admin, ConfigurationError } from './config'
import type { UserStore } from './stores'

/** Registers a user, or gives the one of that name this password. */
export async function saveUser(
  store: UserStore,
  username: string,
  password: string,
): Promise<void> {
  const passwordHash = await hashPassword(password)
  // The name is the id as well: that is all by which the contract looks a user up.
  await store.saveUser({ id: username, username, passwordHash })
}

/** Registers the administrator, or makes sure that there is one. */
export async function saveAdmin(store: UserStore, { username, password }: Admin): Promise<void> {
  if (password !== undefined) {
    await saveUser(store, username, password)
  } else if (!(await store.getUser(username))) {
    const message = `ADMIN_USERNAME: there is no user "${username}": give ADMIN_PASSWORD as well`
    throw new ConfigurationError(message)
  }
}
