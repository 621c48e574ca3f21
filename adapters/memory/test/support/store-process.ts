import { memoryStore } from '../../src/index'

// Runs a store in a separate process that a test can kill: see child-store.ts.

interface Call {
  id: number
  method: 'find'
  args: [string]
}

const store = memoryStore({ file: process.argv[2]! })

process.on('message', ({ id, method, args }: Call) => {
  store[method](...args).then(
    (result) => process.send!({ id, result }),
    (error: Error) => process.send!({ id, error: error.message }),
  )
})
// The parent process has ended.
process.on('disconnect', () => process.exit())
