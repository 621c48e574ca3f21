export { openWire } from './open'
export type { Wire } from './wire'
