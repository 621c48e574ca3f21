import { allow, demo } from '../../../provider/test/support/flow'
import { Visitor } from '../../../provider/test/support/visitor'

/** A user of the provider. */
export interface User {
  username: string
  password: string
}

/**
 * Returns a function that does what a user does in the browser: signs in the first time, and allows what
 * the client asks for. It resolves with the redirect to the client.
 */
export function answering(issuer: string, { username, password }: User = demo) {
  const visitor = new Visitor(issuer)
  return async (destination: URL): Promise<URL> => {
    let page = await visitor.get(destination)
    if (page.location) {
      const form = await visitor.get(page.location)
      const signedIn = await visitor.submit(form, { username, password })
      page = await visitor.get(signedIn.location ?? '')
    }
    const { location } = await allow(visitor, page)
    if (!location) throw new Error(`No redirect to the client, but ${page.status}: ${page.html}`)
    return location
  }
}
