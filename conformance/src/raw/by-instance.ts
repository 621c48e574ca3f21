/** How to keep the connections that `create` makes, so that the hooks use those of their context. */
export const byInstance =
  'if you keep connections in a map, its key must be the namespace and the instance, because a later instance of the same namespace has its own connections'
