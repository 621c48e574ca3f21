import type { OutgoingHttpHeaders } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import { field } from './forms.js'
import { sessionId, signedIn } from './session.js'

const keptMs = 10_000

/** A response that is sent again. */
interface Answer {
  status: number
  headers: OutgoingHttpHeaders
  body: unknown
}

/**
 * Returns a middleware for forms that a double click posts twice: the second request gets the answer
 * to the first one, so that one decision issues one code.
 */
export function answerOnce(): RequestHandler {
  const answers = new Map<string, Promise<Answer | undefined>>()
  return async (req, res, next) => {
    const id = field(req, 'form_id')
    // Only a signed-in user has a form to answer.
    if (id === undefined || !signedIn(req)) {
      next()
      return
    }
    const key = `${sessionId(req)} ${id}`
    const answer = await answers.get(key)
    if (answer !== undefined) {
      sendAgain(res, answer)
      return
    }
    answers.set(key, answerTo(req, res))
    setTimeout(() => answers.delete(key), keptMs).unref()
    next()
  }
}

/**
 * Resolves with the response once the application has answered, or with `undefined` if it asks again
 * or is late. On a second click, the browser closes the first connection, so the event `close` can
 * come before the answer.
 */
function answerTo(req: Request, res: Response): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const end = res.end.bind(res) as (...args: unknown[]) => Response
    res.end = (...args: unknown[]) => {
      resolve(isAnswer(req, res) ? answerIn(res, args[0]) : undefined)
      return end(...args)
    }
    setTimeout(() => resolve(undefined), keptMs).unref()
  })
}

/**
 * Whether the response is a redirect, or the page that posts the answer to the client
 * (`response_mode=form_post`). A form with an error has another status.
 */
function isAnswer(req: Request, res: Response): boolean {
  if (res.get('Location') !== undefined) return true
  return res.statusCode === 200 && field(req, 'decision') !== undefined
}

function answerIn(res: Response, body: unknown): Answer {
  // The cookie is that of the second response.
  const { 'set-cookie': _, ...headers } = res.getHeaders()
  return { status: res.statusCode, headers, body }
}

function sendAgain(res: Response, { status, headers, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) res.setHeader(name, value)
  }
  res.status(status).end(body)
}
