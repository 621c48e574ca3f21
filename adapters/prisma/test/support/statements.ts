import type { AnyClient } from './engines'

/** A statement that Prisma has sent. */
export interface Statement {
  query: string
  params: unknown[]
}

const listeners = new WeakMap<AnyClient, Set<(statement: Statement) => void>>()

/** Runs the work, and gives what the client has sent meanwhile. */
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

/** There is no way to stop listening to a client, so it is listened to once. */
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
