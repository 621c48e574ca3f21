/** What no drill tests, and why. */
export const notRun: readonly { what: string; why: string }[] = [
  {
    what: 'The loss of a process or its disk, for the memory store',
    why: 'the store is for a single process, and its documentation says that a crash loses all changes since its file was last written.',
  },
  {
    what: 'A database that hangs, for the memory store',
    why: 'it uses no connection: each call ends before the next one starts. The tests of the core delay its calls (`core/test/oauth21/stalls.test.ts`, `core/test/races`).',
  },
  {
    what: 'Accounts that are deleted or changed, for the memory store',
    why: 'the harness cannot access the memory of another process. The tests of the core cover every order of events (`core/test/races`).',
  },
  {
    what: 'Power loss of a whole machine',
    why: 'after a SIGKILL, the operating system still writes what it received. Disks that confirm writes too early are not tested.',
  },
  {
    what: 'An exhausted pool, for Redis and SQLite',
    why: 'they have no pool: Redis uses one connection, SQLite one file. `stall` covers a Redis server that does not respond.',
  },
  {
    what: 'Wire faults on the replica set and the Cluster',
    why: 'their nodes send their own addresses to clients, which then bypass the proxy. The same adapters are tested through the proxy with a single server.',
  },
  {
    what: 'MySQL and Valkey',
    why: 'The drills break MariaDB and Redis instead. The conformance suite passes on MySQL 9.7.',
  },
]
