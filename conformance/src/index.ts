export * from './databases'
export * from './wire'
