import type { StartedDatabase } from '@oauth2-kit/conformance/databases'
import type { MongoClient } from 'mongodb'

/** The address of the primary that a client knows. */
export async function primaryOf(client: MongoClient): Promise<string> {
  const { primary } = await client.db('admin').command({ hello: 1 })
  return primary as string
}

/** Sends a signal to one server of a replica set that runs in one container. */
export async function signal(
  server: StartedDatabase,
  address: string,
  name: 'KILL' | 'STOP' | 'CONT',
): Promise<void> {
  const port = address.split(':')[1]
  // Signals the server itself. The shell that started it has the same words in its arguments, and
  // all servers end if that shell does.
  const sent = await server.exec([
    'bash',
    '-c',
    `for file in /proc/[0-9]*/cmdline; do
      if tr '\\0' ' ' < $file | grep -qE '^(\\S*/)?mongod(\\.exe)? .*--port ${port} '; then
        pid=$(basename $(dirname $file)); kill -${name} $pid && echo $pid
      fi
    done`,
  ])
  if (!/^\d+\s*$/.test(sent)) throw new Error(`Expected one server on port ${port}: ${sent}`)
}
