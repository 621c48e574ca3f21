import { memoryStore } from '../../src/index'

// A store in a process of its own, which can be killed: see child-store.ts.

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
// The process that started it has ended.
process.on('disconnect', () => process.exit())
