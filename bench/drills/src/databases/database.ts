/** A database under the providers, which a drill may break. What it can't do is left out. */
export interface Database {
  /** What it is, with its version and the settings that matter here. */
  readonly description: string
  /** The URL that the provider of that number is given. */
  url: (provider: number) => string
  /** As if the power went off for it. */
  kill?: () => Promise<void>
  /** Stops it as an operator does. */
  stop?: (how: 'fast' | 'immediate') => Promise<void>
  /** Starts it again after either: resolves once it answers. */
  start?: () => Promise<void>
  /** Lets it stand still: it takes what it is sent, and does nothing. */
  freeze?: () => Promise<void>
  /** Lets it go on, with all that it was sent meanwhile. */
  thaw?: () => Promise<void>
  /** Ends the node that writes go to, and waits until another one takes them. */
  failOver?: () => Promise<void>
  /** Brings back the node that was ended. */
  rejoin?: () => Promise<void>
  /** Lets every write wait, and so takes all connections; the result lets them go on. */
  hold?: () => Promise<() => Promise<void>>
  /** Lets every write wait, and reads go on; the result lets the writes be done. */
  holdWrites?: () => Promise<() => Promise<void>>
  /** What it has counted until now that tells of the fault, in words. */
  counted?: () => Promise<string>
  /** Removes it with all it holds. */
  close: () => Promise<void>
}
