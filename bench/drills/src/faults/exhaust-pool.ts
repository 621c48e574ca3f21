import type { Fault, Scene } from './fault'

const holds = new WeakMap<Scene, () => Promise<void>>()

/** Every connection of the pools is in use and waits for a lock. */
export const exhaustPool: Fault = {
  name: 'exhaust-pool',
  what: 'another session locks the tables for seven seconds, so that all connections are in use',
  needs: ['hold'],
  lastsMs: 7_000,
  async break(scene) {
    holds.set(scene, await scene.database.hold!())
  },
  async fix(scene) {
    await holds.get(scene)?.()
  },
}
