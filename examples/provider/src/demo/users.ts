import { createUser, getUser, setPassword } from '@oauth2-kit/core'
import type { Admin } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { UserStore } from '../provider/setting.js'

/** Registers a user, or sets the password if the user exists. */
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
      // Another process of this provider may have registered the user at the same time.
      if (!(await getUser(store, username))) throw error
    }
  }
  await setPassword(store, username, password)
}

/** Registers the administrator, or checks that the user exists. */
export async function saveAdmin(store: UserStore, { username, password }: Admin): Promise<void> {
  if (password !== undefined) {
    await saveUser(store, username, password)
  } else if (!(await getUser(store, username))) {
    const message = `ADMIN_USERNAME: there is no user "${username}": set ADMIN_PASSWORD too`
    throw new ConfigurationError(message)
  }
}
