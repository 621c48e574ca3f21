interface Routed {
  $connect?: unknown
  $primary?: unknown
}

/**
 * Returns the client of the primary, if the client has an extension for read replicas, and otherwise
 * the client itself. A replica that lags would still return what was revoked or deleted. In a
 * transaction, everything goes to the primary already, and $primary() could leave the transaction.
 */
export function primaryOf<Client extends object>(client: Client): Client {
  const { $connect: connect, $primary: primary } = client as Routed
  if (typeof primary !== 'function' || typeof connect !== 'function') return client
  const found: unknown = primary.call(client)
  const isClient = typeof (found as Routed | null)?.$connect === 'function'
  return isClient ? (found as Client) : client
}
