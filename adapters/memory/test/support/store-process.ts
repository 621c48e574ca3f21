import { type MemoryStore, memoryStore } from '../../src/index'

// Runs a store in a separate process that a test can kill: see child-store.ts.

interface Call {
  id: number
  method: 'open' | 'find'
  args: [string]
}

let store: MemoryStore

process.on('message', ({ id, method, args }: Call) => {
  answer(method, args).then(
    (result) => process.send!({ id, result }),
    (error: Error) => process.send!({ id, error: error.message }),
  )
})
// The parent process has ended.
process.on('disconnect', () => process.exit())

async function answer(method: Call['method'], args: Call['args']): Promise<unknown> {
  if (method !== 'open') return store[method](...args)
  store = memoryStore({ file: process.argv[2]! })
  return undefined
}
