import type { Fault, Scene } from './fault'

const holds = new WeakMap<Scene, () => Promise<void>>()

/**
 * Reads succeed. Writes wait, and are then executed even if their client no longer waits for them.
 */
export const holdWrites: readonly Fault[] = [13, 60].map((seconds) => ({
  name: `hold-writes-${seconds}`,
  what: `every write waits for ${seconds} seconds and is then executed; reads continue`,
  needs: ['hold-writes'],
  holdsCodes: true,
  lastsMs: seconds * 1000,
  async break(scene) {
    holds.set(scene, await scene.database.holdWrites!())
  },
  async fix(scene) {
    await holds.get(scene)?.()
  },
}))
