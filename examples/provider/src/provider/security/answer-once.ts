import type { RequestHandler, Response } from 'express'
import { field } from './forms.js'
import { sessionId, signedIn } from './session.js'

const keptMs = 10_000

/**
 * Returns a middleware for forms that a double click posts twice: the second request gets the
 * redirect of the first one, so that one decision issues one code.
 */
export function answerOnce(): RequestHandler {
  const answers = new Map<string, Promise<string | undefined>>()
  return async (req, res, next) => {
    const id = field(req, 'form_id')
    // Only a signed-in user has a form to answer.
    if (id === undefined || !signedIn(req)) {
      next()
      return
    }
    const key = `${sessionId(req)} ${id}`
    const location = await answers.get(key)
    if (location !== undefined) {
      res.redirect(303, location)
      return
    }
    answers.set(key, locationOf(res))
    setTimeout(() => answers.delete(key), keptMs).unref()
    next()
  }
}

/**
 * Resolves with the redirect of the response once the application has answered, or with `undefined` if
 * the answer is a page or late. On a second click, the browser closes the first connection, so the
 * event `close` can come before the answer.
 */
function locationOf(res: Response): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = res.end.bind(res) as (...args: unknown[]) => Response
    res.end = (...args: unknown[]) => {
      resolve(res.get('Location'))
      return end(...args)
    }
    setTimeout(() => resolve(undefined), keptMs).unref()
  })
}
