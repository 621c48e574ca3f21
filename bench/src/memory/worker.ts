import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { cpuSince } from '../cpu'
import { answerQuestions } from '../worker'
import type { Footprint, Question } from './questions'
import { inMemoryStore, inPlainMap } from './tokens'

// One store in its own process, so that the memory of the process is mostly that of the store.

const finds = 10_000
const tokens = process.argv[2] === 'memoryStore' ? inMemoryStore() : inPlainMap()
let count = 0

answerQuestions(async (question: Question) => {
  if (question.do === 'find') return findTime()
  if (question.do === 'fill') await fill(question.upTo)
  if (question.do === 'expire') await tokens.expire()
  return footprint()
})

async function fill(upTo: number): Promise<void> {
  while (count < upTo) await tokens.add(hashOf(count++))
}

/** Resolves with the CPU nanoseconds to find one of the tokens. */
async function findTime(): Promise<number> {
  // New strings each time, as from requests: V8 has cached nothing about them.
  const hashes = Array.from({ length: finds }, () => hashOf(Math.floor(Math.random() * count)))
  globalThis.gc?.({ type: 'minor' })
  const since = process.cpuUsage()
  for (const hash of hashes) {
    if (!(await tokens.find(hash))) throw new Error('A token is lost')
  }
  return (cpuSince(since) * 1000) / finds
}

/** Returns the hash of a token. It is computed again instead of being kept in memory. */
function hashOf(number: number): string {
  return hash('sha256', `token ${number}`, 'hex')
}

async function footprint(): Promise<Footprint> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await pause(100)
  }
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heapUsed }
}
