import { connect } from './connect.js'
import type { Connection } from './connection.js'
import { explained } from './database.js'
import type { OpenStore } from './setting.js'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  let connection: Connection | undefined
  try {
    connection = connect()
    await connection.prepare()
    return connection
  } catch (error) {
    await connection?.close()
    throw explained(error)
  }
}
