/** What no drill tests, and why. */
export const notRun: readonly { what: string; why: string }[] = [
  {
    what: 'The memory store, where a process or its disk is lost',
    why: 'it is for one process, and says that a crash loses what happened since its file was written.',
  },
  {
    what: 'The memory store, where the database stands still',
    why: 'it has no wire: each call ends before the next one begins. The tests of the core hold up its calls (`core/test/oauth21/stalls.test.ts`, `core/test/races`).',
  },
  {
    what: 'Accounts that are deleted or changed in the memory store',
    why: 'the harness cannot reach the memory of another process. The tests of the core do it in every order (`core/test/races`).',
  },
  {
    what: 'Power loss of a whole machine',
    why: 'a SIGKILL leaves what the system has been given to write; a disk that lies is not tried.',
  },
  {
    what: 'Pool exhausted, for Redis and SQLite',
    why: 'there is no pool: Redis has one connection, SQLite one file. Redis on which nothing comes back is `stall`.',
  },
  {
    what: 'Wire faults on the replica set and the Cluster',
    why: 'their nodes tell clients their own addresses; the same adapters are tried through the wire on one server.',
  },
  {
    what: 'MySQL and Valkey',
    why: 'MariaDB and Redis stand for them.',
  },
]
