import type { RequestListener } from 'node:http'
import express5 from 'express'
import express4 from 'express4'

/** Both versions of Express that the core supports, for `describe.each`. */
export const expresses = [
  { version: 'Express 4', express: express4 },
  { version: 'Express 5', express: express5 },
]

/** An app of either version. */
export type App = ReturnType<typeof express5> & RequestListener
