/** The position at which a page of grants ended. Grants are ordered by client, then by id. */
export interface Position {
  clientId: string
  id: string
}

/** Returns the text for a position, which is passed to the caller. */
export function cursorOf({ clientId, id }: Position): string {
  return [clientId, id].map(encodeURIComponent).join('/')
}

/** Returns the position in such a text, or `null` if it is not one. */
export function positionOf(cursor: unknown): Position | null {
  if (typeof cursor !== 'string') return null
  const [clientId = '', id, ...rest] = cursor.split('/')
  if (id === undefined || rest.length > 0) return null
  try {
    return { clientId: decodeURIComponent(clientId), id: decodeURIComponent(id) }
  } catch {
    return null
  }
}
