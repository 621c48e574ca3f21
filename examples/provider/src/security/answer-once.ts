import type { RequestHandler, Response } from 'express'
import { field } from './forms'

const keptMs = 10_000

/**
 * Gives a form that is posted again, by a double click, the redirect that it got the first time: one
 * decision makes one code.
 */
export function answerOnce(): RequestHandler {
  const answers = new Map<string, Promise<string | undefined>>()
  return async (req, res, next) => {
    const id = field(req, 'form_id')
    // Only who is signed in has a form to answer.
    if (id === undefined || !req.session.user) {
      next()
      return
    }
    const key = `${req.sessionID} ${id}`
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

/** Where the answer leads, once it is given: `undefined` for a page. */
function locationOf(res: Response): Promise<string | undefined> {
  return new Promise((resolve) => {
    res.once('close', () => resolve(res.get('Location')))
  })
}
