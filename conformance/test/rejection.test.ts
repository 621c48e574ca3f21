import { rejection } from '../src/expect'

async function rejectedWith(error: unknown): Promise<never> {
  throw error
}

it.each([
  ['an Error', new Error('lost')],
  ['the DOMException of a time limit', new DOMException('late', 'TimeoutError')],
])('a store may reject with %s', async (_what, error) => {
  expect(await rejection(rejectedWith(error), 'find()')).toBe(error)
})

it.each(['lost', null, { message: 'lost' }])('a store must not reject with %j', async (error) => {
  await expect(rejection(rejectedWith(error), 'find()')).rejects.toThrow('which is not an Error')
})
