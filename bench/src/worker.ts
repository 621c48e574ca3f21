import { type ChildProcess, fork } from 'node:child_process'

type Reply = { answer: unknown } | { error: string }

/**
 * A separate process. What is measured there shares no compiled code, heap or garbage with anything
 * else.
 */
export interface Worker {
  /**
   * Sends a question and resolves with its answer. Rejects if the worker failed. One question at a
   * time.
   */
  ask<T>(question: unknown): Promise<T>
  end(): void
}

/** Starts a worker from a script that calls `answerQuestions`. */
export function startWorker(script: string, args: readonly string[]): Worker {
  const child = fork(script, args, {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return {
    ask: (question) => ask(child, question),
    // The worker exits when the channel is closed.
    end: () => child.connected && child.disconnect(),
  }
}

/** Call this in a worker: it answers the questions of the parent process. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    answer(question as never).then(
      (result) => reply({ answer: result }),
      (error: Error) => reply({ error: error.stack ?? String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}

function reply(message: Reply): void {
  process.send?.(message)
}

function ask<T>(child: ChildProcess, question: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: Reply) => {
      child.off('exit', onExit)
      if ('error' in reply) reject(new Error(`In ${child.spawnargs.join(' ')}:\n${reply.error}`))
      else resolve(reply.answer as T)
    }
    const onExit = (code: number | null) => {
      child.off('message', onMessage)
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`))
    }
    child.once('message', onMessage)
    child.once('exit', onExit)
    child.send(question as object)
  })
}
