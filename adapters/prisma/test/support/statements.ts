import type { AnyClient } from './engines'

/** A statement that Prisma has sent. */
export interface Statement {
  query: string
  params: unknown[]
}

const listeners = new WeakMap<AnyClient, Set<(statement: Statement) => void>>()

/** Runs the work, and returns the statements that the client sent during it. */
export async function recorded(
  client: AnyClient,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const statements: Statement[] = []
  const listener = (statement: Statement) => void statements.push(statement)
  const known = listenersOf(client)
  known.add(listener)
  try {
    await work()
  } finally {
    known.delete(listener)
  }
  return statements.filter(({ query }) => /^(SELECT|INSERT|UPDATE|DELETE)/.test(query))
}

/** A listener cannot be removed from a client, so each client gets only one. */
function listenersOf(client: AnyClient) {
  let known = listeners.get(client)
  if (!known) {
    const fresh = new Set<(statement: Statement) => void>()
    const on = client.$on.bind(client) as unknown as (
      event: 'query',
      listen: (event: { query: string; params: string }) => void,
    ) => void
    on('query', ({ query, params }) => {
      for (const listener of fresh) listener({ query, params: JSON.parse(params) as unknown[] })
    })
    listeners.set(client, fresh)
    known = fresh
  }
  return known
}
