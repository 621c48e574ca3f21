import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { type Logger, pino } from 'pino'
import { pinoHttp } from 'pino-http'

/** Returns the log: one line of JSON for each entry. */
export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime })
}

/**
 * Returns a middleware that logs each request when its response ends. Only what is named here is
 * logged: no header, no query and no body, because they contain secrets.
 */
export function requestLog(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    genReqId: () => randomUUID(),
    autoLogging: { ignore: ({ url }) => url === '/healthz' || url === '/readyz' },
    wrapSerializers: false,
    customAttributeKeys: { responseTime: 'ms' },
    serializers: {
      req: ({ id, method, originalUrl, ip }: Request) => ({
        id,
        method,
        path: pathOf(originalUrl),
        address: ip,
      }),
      res: ({ statusCode }) => ({ status: statusCode }),
      // What went wrong is logged where it happened.
      err: () => undefined,
    },
    customLogLevel: (_req, { statusCode }) => (statusCode >= 500 ? 'error' : 'info'),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  })
}

/** Returns the path of a URL. The URL of a proxy request may contain a password. */
function pathOf(url: string): string {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost').pathname : ''
}
