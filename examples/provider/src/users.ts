import { createUser, getUser, setPassword } from '@oauth2-kit/core'
import { type Admin, ConfigurationError } from './config'
import type { UserStore } from './stores'

/** Registers a user, or gives the one of that name this password. */
export async function saveUser(
  store: UserStore,
  username: string,
  password: string,
): Promise<void> {
  if (!(await getUser(store, username))) {
    try {
      await createUser(store, { username, password })
      return
    } catch (error) {
      // Another process of this provider, which starts at the same time, may have been faster.
      if (!(await getUser(store, username))) throw error
    }
  }
  await setPassword(store, username, password)
}

/** Registers the administrator, or makes sure that there is one. */
export async function saveAdmin(store: UserStore, { username, password }: Admin): Promise<void> {
  if (password !== undefined) {
    await saveUser(store, username, password)
  } else if (!(await getUser(store, username))) {
    const message = `ADMIN_USERNAME: there is no user "${username}": give ADMIN_PASSWORD as well`
    throw new ConfigurationError(message)
  }
}
