import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * How long a container runtime may take to answer before it counts as absent, in milliseconds. A
 * busy one needs time.
 */
const timeout = Number(process.env.OAUTH2_TEST_RUNTIME_TIMEOUT) || 15_000

/** Sends one message when Testcontainers is loaded, and one when it has found a runtime. */
const probe = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { getContainerRuntimeClient } = require(workerData)
  parentPort.postMessage('loaded')
  getContainerRuntimeClient().then(() => parentPort.postMessage('answers'))`

let known: Promise<string | null> | undefined

/**
 * Resolves with why Testcontainers can't start a container, or with null if it can. Checked once
 * per process.
 */
export function runtimeMissing(): Promise<string | null> {
  known ??= ask()
  return known
}

/** Checks in a worker thread, which can be terminated if the check hangs. */
async function ask(): Promise<string | null> {
  const path = resolve('testcontainers')
  if (!path) return 'testcontainers is not installed'
  const worker = new Worker(probe, { eval: true, workerData: path, stderr: true })
  try {
    await once(worker, 'message')
    await once(worker, 'message', { signal: AbortSignal.timeout(timeout) })
    return null
  } catch (error) {
    return (error as Error).name === 'AbortError'
      ? `no container runtime answered within ${timeout} ms`
      : `no container runtime answers: ${(error as Error).message}`
  } finally {
    await worker.terminate()
  }
}

function resolve(name: string): string | null {
  try {
    return require.resolve(name)
  } catch {
    return null
  }
}
