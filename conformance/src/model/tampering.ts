const members = ['id', 'clientId', 'userId', 'redirectUri', 'expires', 'user'] as const

/**
 * Changes results of a model, and changes them back at the end: a model that returns the objects that
 * it keeps would otherwise have damaged data in every later case.
 */
export class Tampering implements Disposable {
  private readonly undo: (() => void)[] = []

  /** Changes the members that a server reads from a result, as far as they can be changed. */
  members(result: unknown): void {
    if (typeof result !== 'object' || result === null) return
    const { expires, redirectUri } = result as { expires?: unknown; redirectUri?: unknown }
    if (expires instanceof Date) {
      const time = expires.getTime()
      expires.setTime(0)
      this.undo.push(() => expires.setTime(time))
    }
    if (Array.isArray(redirectUri)) this.extend(redirectUri)
    for (const name of members) if (name in result) this.set(result, name, 'tampered')
  }

  /** Changes the objects within a result, as far as they can be changed. */
  within(result: unknown): void {
    if (typeof result !== 'object' || result === null) return
    for (const part of Object.values(result)) {
      if (typeof part !== 'object' || part === null || Object.isFrozen(part)) continue
      if (Array.isArray(part)) this.extend(part)
      else if (!(part instanceof Date)) this.set(part, 'tampered', true)
    }
  }

  [Symbol.dispose](): void {
    for (const step of this.undo.toReversed()) step()
  }

  private extend(list: unknown[]): void {
    if (Object.isFrozen(list)) return
    list.push('tampered')
    this.undo.push(() => {
      const at = list.lastIndexOf('tampered')
      if (at !== -1) list.splice(at, 1)
    })
  }

  private set(object: object, name: string, value: unknown): void {
    const had = name in object
    const before: unknown = Reflect.get(object, name)
    if (!Reflect.set(object, name, value)) return
    this.undo.push(() => {
      if (had) Reflect.set(object, name, before)
      else Reflect.deleteProperty(object, name)
    })
  }
}
