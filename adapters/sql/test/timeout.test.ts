import { EventEmitter } from 'node:events'
import { onLent } from '../src/timeout'

class Connection extends EventEmitter {
  released = 0
  release = async () => void this.released++
  destroy = () => {}
}

it('a lent connection that is lost between two statements does not end the process', async () => {
  const connection = new Connection()
  const work = onLent(
    async () => connection,
    10_000,
    async (lent) => {
      // What a driver does if its socket is closed and no statement is running.
      lent.emit('error', new Error('read ECONNRESET'))
      throw new Error('the connection is closed')
    },
  )
  await expect(work).rejects.toThrow('the connection is closed')
  expect(connection.released).toBe(1)
  expect(connection.listenerCount('error')).toBe(0)
})
