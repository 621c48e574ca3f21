import type { RequestHandler } from 'express'
import { type Options, rateLimit } from 'express-rate-limit'
import type { Config } from '../config'
import { showMessage } from '../pages/message'

const minuteMs = 60_000
const signInsPerMinute = 10
const failuresPerMinute = 30

/** Limits how often an address may try to sign in. */
export function limitSignIns({ rateLimit }: Config): RequestHandler {
  return limiter(rateLimit, {
    limit: signInsPerMinute,
    handler(req, res) {
      showMessage(res, 429, {
        title: 'Too many attempts',
        text: 'Wait a minute, then try again.',
        link: { href: req.originalUrl, text: 'Back to the sign-in page' },
      })
    },
  })
}

/**
 * Limits how often an address may fail at the token endpoint. A request counts while it is under
 * way, so that many at once are no way around it.
 */
export function limitFailures({ rateLimit }: Config): RequestHandler {
  return limiter(rateLimit, {
    limit: failuresPerMinute,
    skipSuccessfulRequests: true,
    // What went wrong on our side is nothing that the client did.
    requestWasSuccessful: (_req, { statusCode }) => statusCode < 400 || statusCode >= 500,
    handler(_req, res) {
      // RFC 6749 5.2 has no code for it; this one says that a later attempt may succeed.
      res.status(429).set('Cache-Control', 'no-store').json({
        error: 'temporarily_unavailable',
        error_description: 'Too many failed requests',
      })
    },
  })
}

function limiter(on: boolean, options: Partial<Options>): RequestHandler {
  if (!on) return (_req, _res, next) => next()
  return rateLimit({
    windowMs: minuteMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Without a trusted proxy the header is a mere claim, and ignoring it is right.
    validate: { xForwardedForHeader: false },
    ...options,
  })
}
