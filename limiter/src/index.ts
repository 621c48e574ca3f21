export { addressKey } from './address-key'
export { memoryLimiter } from './memory-limiter'
export { type Allowance, type LimiterOptions, defaults } from './options'
export { type RedisClient, type RedisLimiterOptions, redisLimiter } from './redis-limiter'
